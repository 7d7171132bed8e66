//! The table of parts, read once: shapes become cells, and each part has the cells of what is in it.

use std::collections::HashMap;

use super::shape::{Outline, cells};
use super::{Cells, Part, Side, intersection, mirrored, union};

const TEXT: &str = include_str!("parts.tsv");
/// The share of a cell that touches: a cell of the figure has this much of it.
const TOUCH: f64 = 1.0 / 16.0;
/// The share of a cell that belongs to a part.
const PART: f64 = 1.0 / 4.0;

pub(super) struct Table {
    pub(super) universe: Cells,
    pub(super) parts: Vec<Part>,
    pub(super) outline: String,
    /// Every way to write a part, as [`key`] has it, and its place among the parts.
    places: HashMap<String, usize>,
}

/// A line of the table.
struct Line {
    part: Part,
    drawn: bool,
    outlines: Vec<Outline>,
    of: Vec<&'static str>,
}

impl Table {
    pub(super) fn new() -> Self {
        let lines: Vec<Line> = TEXT.lines().filter(|line| !line.starts_with('#')).map(Line::read).collect();
        let drawn: Vec<Outline> = lines.iter().filter(|line| line.drawn).flat_map(Line::everywhere).collect();
        let outline = drawn.iter().map(Outline::path).collect();
        let universe = cells(&drawn, TOUCH);
        let of: Vec<Vec<&str>> = lines.iter().map(|line| line.of.clone()).collect();
        let mut parts: Vec<Part> = lines.into_iter().map(|line| line.with_cells(&universe)).collect();
        while gather(&mut parts, &of) {}
        let places = places(&parts);
        Self { universe, parts, outline, places }
    }

    pub(super) fn find(&self, name: &str) -> Option<&Part> {
        let key = key(name);
        let place = self.places.get(&key).or_else(|| self.places.get(key.strip_suffix('s')?))?;
        self.parts.get(*place)
    }

    /// A part and the side that a word of its name tells.
    pub(super) fn find_with_side(&self, name: &str) -> Option<(&Part, Option<Side>)> {
        if let Some(part) = self.find(name) {
            return Some((part, None));
        }
        let words = name.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
        let (sides, rest): (Vec<&str>, Vec<&str>) = words.partition(|word| side(word).is_some());
        let [word] = sides.as_slice() else { return None };
        Some((self.find(&rest.join(" "))?, side(word)?))
    }
}

impl Line {
    fn read(line: &'static str) -> Self {
        let mut fields = line.split('\t');
        let mut field = || fields.next().unwrap_or_default();
        let list = |text: &'static str| text.split(", ").filter(|name| !name.is_empty()).collect();
        let (name, code, older_codes, term) = (field(), field(), field().split_whitespace().collect(), field());
        let (spellings, within, paired, drawn, shape) = (list(field()), list(field()), field(), field(), field());
        let (right, left) = Default::default();
        let part = Part { name, code, older_codes, term, spellings, within, paired: !paired.is_empty(), right, left };
        let of = shape.strip_prefix("of ").map(list).unwrap_or_default();
        Self { part, drawn: !drawn.is_empty(), outlines: Outline::read(shape).unwrap_or_default(), of }
    }

    /// Its outlines on both sides.
    fn everywhere(&self) -> Vec<Outline> {
        let others = self.outlines.iter().filter(|_| self.part.paired).map(Outline::mirrored);
        self.outlines.iter().cloned().chain(others).collect()
    }

    fn with_cells(self, universe: &Cells) -> Part {
        let Self { mut part, outlines, .. } = self;
        part.right = match part.within.is_empty() {
            true => *universe,
            false if outlines.is_empty() => Cells::default(),
            false => intersection(&cells(&outlines, PART), universe),
        };
        part.left = if part.paired { mirrored(&part.right) } else { part.right };
        part
    }
}

/// Adds to each part the cells of what is in it. Whether that changed anything.
fn gather(parts: &mut [Part], of: &[Vec<&str>]) -> bool {
    let before = parts.to_vec();
    let mut changed = false;
    for (part, of) in parts.iter_mut().zip(of) {
        let inside = |other: &&Part| other.within.contains(&part.name) || of.contains(&other.name);
        let (mut right, mut left) = (part.right, part.left);
        for other in before.iter().filter(inside) {
            let both = union(&other.right, &other.left);
            (right, left) = match part.paired {
                true => (union(&right, &other.right), union(&left, &other.left)),
                false => (union(&right, &both), union(&left, &both)),
            };
        }
        changed |= (right, left) != (part.right, part.left);
        (part.right, part.left) = (right, left);
    }
    changed
}

/// Where each name leads. Names go before codes, terms and spellings; of two equal ones the first leads.
fn places(parts: &[Part]) -> HashMap<String, usize> {
    let mut places = HashMap::new();
    let names = parts.iter().enumerate().map(|(place, part)| (place, part.name));
    let others = parts.iter().enumerate().flat_map(|(place, part)| {
        let others = [part.code, part.term].into_iter().chain(part.older_codes.iter().copied());
        others.chain(part.spellings.iter().copied()).map(move |name| (place, name))
    });
    for (place, name) in names.chain(others).filter(|(_, name)| !name.is_empty()) {
        places.entry(key(name)).or_insert(place);
    }
    places
}

/// A name without case, spaces and signs.
fn key(name: &str) -> String {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The side that a word tells; both is no side.
fn side(word: &str) -> Option<Option<Side>> {
    match word.to_lowercase().as_str() {
        "right" | "r" | "rt" => Some(Some(Side::Right)),
        "left" | "l" | "lt" => Some(Some(Side::Left)),
        "both" | "b" | "bilateral" => Some(None),
        _ => None,
    }
}
