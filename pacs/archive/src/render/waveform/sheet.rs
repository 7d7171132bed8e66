//! The sheet that a waveform is drawn on. An electrocardiogram has the paper that doctors know: squares of 1 and 5 mm,
//! 25 mm a second and 10 mm a millivolt, or a round part of that. Any other channel has the height of its row.

mod row;

use compute::draw::{self, Point};
use compute::{Picture, text};

use super::group::Group;
use super::trace::Trace;

use row::Row;

/// Pixels of a millimetre of paper.
const MILLIMETRE: f64 = 4.0;
/// Width of what is drawn, in pixels.
const USUAL_WIDTH: f64 = 1000.0;
const LARGEST_WIDTH: f64 = 2000.0;
/// Around it.
const MARGIN: f64 = 12.0;
/// Letters, in pixels of an em.
const LETTERS: u32 = 14;
/// Letters are written unless they are shown so many times smaller.
pub(super) const LEGIBLE: f64 = 3.0;
/// Most lines of notes.
const LINES: usize = 8;

const PAPER: [u8; 3] = [255, 255, 255];
const FINE: [u8; 3] = [252, 228, 226];
const COARSE: [u8; 3] = [240, 178, 172];
const INK: [u8; 3] = [16, 20, 48];
const WORDS: [u8; 3] = [40, 44, 52];

/// Speeds of paper and heights of a millivolt in millimetres.
const SPEEDS: [f64; 6] = [25.0, 12.5, 10.0, 5.0, 2.5, 1.0];
const GAINS: [f64; 6] = [10.0, 5.0, 2.5, 1.0, 0.5, 0.25];

/// A waveform, laid out.
pub(super) struct Sheet {
    width: u32,
    height: u32,
    notes: Vec<String>,
    panels: Vec<Panel>,
}

/// A multiplex group on the sheet.
struct Panel {
    title: String,
    /// Its upper edge below the title, and its height.
    top: f64,
    height: f64,
    /// Pixels of a second, and of what is drawn.
    second: f64,
    width: f64,
    frequency: f64,
    /// On millimetre paper.
    is_paper: bool,
    rows: Vec<(Row, Trace)>,
}

impl Sheet {
    /// Lays out groups with their traces; above them lines that tell whose they are, and notes.
    pub(super) fn new(groups: Vec<(Group, Vec<Trace>)>, about: Vec<String>, notes: &[String], is_ecg: bool) -> Self {
        let mut panels: Vec<Panel> =
            groups.into_iter().map(|(group, traces)| Panel::new(&group, traces, is_ecg)).collect();
        let width = panels.iter().map(|panel| panel.width).fold(USUAL_WIDTH / 2.0, f64::max);
        let notes = [about, flowed(notes, width as u32)].concat();
        let line = f64::from(text::line(LETTERS));
        let mut y = MARGIN + notes.len() as f64 * line;
        for panel in &mut panels {
            panel.top = y + line + 4.0;
            y = panel.top + panel.height + MARGIN;
        }
        Self { width: (width + 2.0 * MARGIN).ceil() as u32, height: y.ceil() as u32, notes, panels }
    }

    /// Columns and rows.
    pub(super) fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// The picture of it, which is to be shown so many times smaller: lines are wider then, so that they are not lost.
    pub(super) fn draw(&self, reduction: f64) -> Picture {
        let reduction = reduction.clamp(1.0, 32.0);
        let count = self.width as usize * self.height as usize;
        let mut picture = Picture { width: self.width, height: self.height, channels: 3, samples: PAPER.repeat(count) };
        self.panels.iter().for_each(|panel| panel.draw_grid(&mut picture, reduction));
        self.panels.iter().for_each(|panel| panel.draw_traces(&mut picture, reduction));
        // Letters that cannot be read are specks.
        if reduction < LEGIBLE {
            self.write(&mut picture);
        }
        picture
    }

    fn write(&self, picture: &mut Picture) {
        let line = i64::from(text::line(LETTERS));
        for (number, words) in (0..).zip(&self.notes) {
            text::write(picture, (MARGIN as i64, MARGIN as i64 / 2 + number * line), words, LETTERS, WORDS);
        }
        for panel in &self.panels {
            let above = panel.top as i64 - line - 1;
            text::write(picture, (MARGIN as i64, above), &panel.title, LETTERS, WORDS);
            for (row, _) in &panel.rows {
                let place = (MARGIN as i64 + 3, (panel.top + row.top) as i64 + 1);
                text::write(picture, place, &row.label, LETTERS, WORDS);
            }
        }
    }
}

impl Panel {
    fn new(group: &Group, traces: Vec<Trace>, is_ecg: bool) -> Self {
        let is_paper = is_ecg && group.channels.iter().all(|channel| channel.millivolts().is_some());
        let duration = group.duration().max(f64::MIN_POSITIVE);
        let fits = |speed: &f64| duration * speed * MILLIMETRE <= LARGEST_WIDTH;
        let speed = Some(SPEEDS).filter(|_| is_paper).and_then(|speeds| speeds.into_iter().find(fits));
        let second = speed.map_or(USUAL_WIDTH / duration, |speed| speed * MILLIMETRE);
        let ranges: Vec<Option<(f64, f64)>> = traces.iter().map(Trace::range).collect();
        let gain = Some(GAINS).filter(|_| is_paper).and_then(|gains| row::gain(group, &ranges, gains));
        let mut top = 0.0;
        let mut rows = Vec::new();
        for ((channel, range), trace) in group.channels.iter().zip(ranges).zip(traces) {
            let row = Row::new(channel, range, gain, top);
            top += row.height;
            rows.push((row, trace));
        }
        Self {
            title: title(group, speed, gain),
            top: 0.0,
            height: top.max(MILLIMETRE),
            second,
            width: (duration * second).max(1.0),
            frequency: group.frequency,
            is_paper: speed.is_some() && gain.is_some(),
            rows,
        }
    }

    fn draw_grid(&self, picture: &mut Picture, reduction: f64) {
        let (left, top, right, bottom) = (MARGIN, self.top, MARGIN + self.width, self.top + self.height);
        let mut lines = |step: f64, level: bool, colour: [u8; 3]| {
            let end = if level { self.height } else { self.width };
            let mut at = 0.0;
            while at <= end + 0.5 {
                let (from, to) =
                    if level { ((left, top + at), (right, top + at)) } else { ((left + at, top), (left + at, bottom)) };
                draw::line(picture, from, to, reduction.min(2.0), colour);
                at += step;
            }
        };
        if self.is_paper {
            // Finer squares than can be seen would be a shade.
            for (step, colour) in [(MILLIMETRE, FINE), (5.0 * MILLIMETRE, COARSE), (25.0 * MILLIMETRE, COARSE)] {
                if step / reduction >= 3.0 {
                    lines(step, true, colour);
                    lines(step, false, colour);
                }
            }
            return;
        }
        lines(row::round_step(self.width / self.second / 12.0) * self.second, false, COARSE);
        for (row, _) in &self.rows {
            let y = self.top + row.top;
            draw::line(picture, (left, y), (right, y), reduction.min(2.0), FINE);
        }
    }

    fn draw_traces(&self, picture: &mut Picture, reduction: f64) {
        for (row, trace) in &self.rows {
            for line in trace.lines() {
                let place = |(sample, value): Point| {
                    let seconds = sample / self.frequency + row.skew;
                    (MARGIN + seconds * self.second, self.top + row.place(value))
                };
                let mut points: Vec<Point> = line.into_iter().map(place).collect();
                // What is shown as one point is drawn once.
                let near = 0.35 * reduction;
                points.dedup_by(|next, kept| (next.0 - kept.0).abs() < near && (next.1 - kept.1).abs() < near);
                match points[..] {
                    [(x, y)] => draw::line(picture, (x - 1.0, y), (x + 1.0, y), 1.2 * reduction, INK),
                    _ => draw::polyline(picture, &points, 1.2 * reduction, INK),
                }
            }
        }
    }
}

/// Label, how much there is, and the scales.
fn title(group: &Group, speed: Option<f64>, gain: Option<f64>) -> String {
    let duration = row::number(group.duration());
    let mut words = vec![
        group.label.clone(),
        format!("{} Hz", row::number(group.frequency)),
        match group.samples < group.declared {
            true => format!("the first {duration} s of {} s", row::number(group.declared as f64 / group.frequency)),
            false => format!("{duration} s"),
        },
    ];
    words.extend(speed.map(|speed| format!("{speed} mm/s")));
    words.extend(gain.map(|gain| format!("{gain} mm/mV")));
    if group.channels.len() < group.interleaved {
        words.push(format!("{} of {} channels", group.channels.len(), group.interleaved));
    }
    words.retain(|word| !word.is_empty());
    words.join("   ")
}

/// Notes one after the other in lines that fit.
fn flowed(notes: &[String], width: u32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for note in notes {
        let joined = lines.last().map(|line| format!("{line}   {note}"));
        match joined.filter(|joined| text::width(joined, LETTERS) <= width) {
            Some(joined) => {
                lines.pop();
                lines.push(joined);
            }
            None if lines.len() == LINES => break,
            None => lines.push(note.clone()),
        }
    }
    lines
}
