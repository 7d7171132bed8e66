//! Lines through a volume, met on the device itself, parallel or from where the viewer stands: a ray for each pixel is
//! too much to work out and copy on the host.

use super::lines::Lines;
use super::{DeviceVolume, Engine, Error};
use crate::volume::line::Line;
use crate::volume::{Piece, Plane, Point, Rays, Stack, Stop, vector};

/// Many lines: all in one direction, from planes parallel to that of the picture, or from one place, each in its own.
pub(super) struct Sheaf<'a> {
    plane: &'a Plane,
    normal: Point,
    /// The step along a line, and how many places it has at most.
    step: Point,
    count: usize,
    /// How far from the plane lines start, in mm.
    depths: Vec<f64>,
    through: Through<'a>,
}

/// What has a line.
#[derive(Clone, Copy)]
enum Through<'a> {
    /// Each row at each depth.
    Rows,
    /// Each pixel, at the first depth.
    Pixels,
    /// Each pixel, from where the viewer of these rays stands.
    Viewer(&'a Rays, Point),
}

impl<'a> Sheaf<'a> {
    /// A ray through each pixel.
    pub(super) fn of_rays(rays: &'a Rays) -> Self {
        let sight = rays.sight();
        let (plane, normal) = (&sight.plane, sight.plane.normal());
        let step = vector::times(normal, rays.step);
        let (through, count) = match sight.from {
            Some(viewer) => (Through::Viewer(rays, viewer), Rays::MOST),
            None => (Through::Pixels, rays.count),
        };
        Self { plane, normal, step, count, depths: vec![rays.first_depth()], through }
    }

    /// The rows of the picture at each depth.
    pub(super) fn of_rows(plane: &'a Plane, depths: Vec<f64>) -> Self {
        let normal = plane.normal();
        Self { plane, normal, step: plane.across, count: plane.width, depths, through: Through::Rows }
    }

    /// Rows of the picture whose lines are in memory at a time.
    pub(super) fn rows_at_once(&self, engine: &Engine, stack: &Stack) -> usize {
        let most = if self.is_traceable(engine, stack) { TRACED } else { FOUND };
        (most / self.inner().max(1)).max(1)
    }

    /// Whether the device finds where lines meet the volume.
    fn is_traceable(&self, engine: &Engine, stack: &Stack) -> bool {
        engine.device().doubles && stack.pieces().len() == 1
    }

    /// Lines for a row.
    fn inner(&self) -> usize {
        match self.through {
            Through::Rows => self.depths.len(),
            Through::Pixels | Through::Viewer(..) => self.plane.width,
        }
    }

    /// The `number`th line from a row on.
    fn line(&self, first_row: usize, number: usize) -> Line {
        let (row, inner) = (first_row + number / self.inner(), number % self.inner());
        let (column, depth) = match self.through {
            Through::Rows => (0.0, inner),
            Through::Pixels => (inner as f64, 0),
            Through::Viewer(rays, _) => return rays.ray(inner, row),
        };
        let start = vector::along(self.plane.point(column, row as f64), self.normal, self.depths[depth]);
        Line { start, step: self.step, count: self.count }
    }

    /// Where the lines of some rows meet a volume, in the memory of the device.
    pub(super) fn lines(
        &self,
        engine: &Engine,
        (volume, stack): (&DeviceVolume, &Stack),
        (first, rows): (usize, usize),
        stop: Stop<'_>,
    ) -> Result<Lines, Error> {
        let count = rows * self.inner();
        match stack.pieces() {
            [piece] if self.is_traceable(engine, stack) => self.traced(engine, (volume, piece), first, count),
            _ => {
                let line = |number: usize| self.line(first, number);
                Lines::new(engine, (stack, volume.shape.size), count, line, stop)
            }
        }
    }

    fn traced(
        &self,
        engine: &Engine,
        (volume, piece): (&DeviceVolume, &Piece),
        first: usize,
        count: usize,
    ) -> Result<Lines, Error> {
        let Plane { corner, across, down, .. } = *self.plane;
        let [columns, rows, slices] = piece.rows;
        let points = [corner, across, down, self.normal, self.step, piece.origin, columns, rows, slices];
        let mut view: Vec<f64> = points.into_iter().flatten().collect();
        // What lines go through, as the kernel numbers it.
        let (through, seen): (i32, Vec<f64>) = match self.through {
            Through::Rows => (0, self.depths.clone()),
            Through::Pixels => (1, self.depths.clone()),
            Through::Viewer(rays, [x, y, z]) => {
                let (near, far) = rays.reach();
                (2, vec![x, y, z, near, far, rays.step])
            }
        };
        view.extend(seen);
        let view = engine.memory_of(&view)?;
        let lines = Lines::room(engine, count)?;
        let size = volume.shape.size.map(|side| side as i32);
        let call = engine
            .kernel(volume, "trace")?
            .memory(&view)?
            .number([size[0], size[1], size[2], 0])?
            .number(through)?
            .number(self.inner() as i32)?
            .number(first as i32)?
            .number(self.count as i32)?
            .number(count as i32)?;
        let width = count.min(ACROSS);
        lines.told(call)?.number(width as i32)?.run(&engine.queue, width, count.div_ceil(width.max(1)))?;
        Ok(lines)
    }
}

/// Most lines at a time that the device meets with a volume, and that the host does: one takes 68 bytes.
const TRACED: usize = 1 << 20;
const FOUND: usize = 1 << 17;

/// Lines side by side in one row of the kernel's work.
const ACROSS: usize = 512;
