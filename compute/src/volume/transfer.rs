//! What colour a value has in a rendered volume, and how much it hides.

/// Colours and opacities by value. Between points both are linear; before the first and after the last they go on.
#[derive(Debug, Clone, PartialEq)]
pub struct Transfer {
    /// In ascending order of value.
    pub points: Vec<Point>,
    /// How surfaces shine.
    pub light: Light,
}

/// A value, and how it is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// What was measured, or in a relative preset the part of the range of values, from 0 to 1.
    pub value: f32,
    /// Red, green, blue.
    pub colour: [u8; 3],
    /// How much of the light 1 mm keeps back, from 0 to 1.
    pub opacity: f32,
}

/// How surfaces shine: the light comes from the viewer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Light {
    /// What is seen of a surface that is turned away, from 0 to 1.
    pub ambient: f32,
    /// What a surface that faces the viewer shines beyond its colour, from 0 to 1.
    pub shine: f32,
    /// The change of value over 1 mm at which half of the shading shows: less is no surface. In the unit of the points.
    pub contrast: f32,
}

/// A transfer function that is known by a name.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Preset {
    /// Name, as in a request.
    pub name: &'static str,
    /// Whether values are parts of the range of values of the volume and not absolute.
    pub relative: bool,
    /// See [`Transfer::points`].
    pub points: &'static [Point],
    /// See [`Transfer::light`].
    pub light: Light,
}

const fn at(value: f32, colour: [u8; 3], opacity: f32) -> Point {
    Point { value, colour, opacity }
}

/// All presets. Those for CT are in Hounsfield units; in MR only relations between values mean something.
pub const PRESETS: &[Preset] = &[
    Preset {
        name: "ct-bone",
        relative: false,
        points: &[
            at(150.0, [186, 120, 80], 0.0),
            at(250.0, [214, 170, 130], 0.10),
            at(450.0, [240, 224, 196], 0.55),
            at(1200.0, [255, 250, 240], 0.90),
        ],
        light: Light { ambient: 0.25, shine: 0.25, contrast: 60.0 },
    },
    Preset {
        name: "ct-angio",
        relative: false,
        points: &[
            at(120.0, [130, 20, 15], 0.0),
            at(200.0, [190, 40, 25], 0.25),
            at(350.0, [235, 110, 70], 0.60),
            at(500.0, [245, 225, 195], 0.75),
            at(1200.0, [255, 250, 240], 0.90),
        ],
        light: Light { ambient: 0.3, shine: 0.3, contrast: 60.0 },
    },
    Preset {
        name: "ct-soft-tissue",
        relative: false,
        points: &[
            at(-250.0, [205, 150, 110], 0.0),
            at(-120.0, [225, 180, 140], 0.04),
            at(0.0, [205, 110, 90], 0.08),
            at(80.0, [190, 80, 65], 0.25),
            at(200.0, [230, 190, 150], 0.50),
            at(500.0, [255, 245, 230], 0.90),
        ],
        light: Light { ambient: 0.3, shine: 0.15, contrast: 40.0 },
    },
    Preset {
        name: "ct-lung",
        relative: false,
        points: &[
            at(-980.0, [60, 90, 130], 0.0),
            at(-880.0, [90, 130, 180], 0.006),
            at(-700.0, [150, 170, 200], 0.02),
            at(-500.0, [215, 160, 150], 0.06),
            at(-300.0, [225, 130, 110], 0.03),
            at(-150.0, [225, 130, 110], 0.0),
        ],
        light: Light { ambient: 0.35, shine: 0.1, contrast: 80.0 },
    },
    Preset {
        name: "mr",
        relative: true,
        points: &[
            at(0.12, [40, 30, 30], 0.0),
            at(0.25, [130, 95, 80], 0.03),
            at(0.50, [205, 175, 155], 0.12),
            at(0.80, [245, 235, 225], 0.40),
            at(1.00, [255, 255, 255], 0.70),
        ],
        light: Light { ambient: 0.35, shine: 0.15, contrast: 0.03 },
    },
];

impl Light {
    /// Whether it matters how a surface lies.
    pub(crate) fn is_shading(&self) -> bool {
        self.ambient < 1.0 || self.shine > 0.0
    }
}

impl Preset {
    /// The preset of a name.
    pub fn named(name: &str) -> Option<&'static Self> {
        PRESETS.iter().find(|preset| preset.name == name)
    }

    /// The transfer function, for a volume whose values go from `low` to `high`: best its 1 % and 99.5 % quantiles, which
    /// [`super::Histogram::quantile`] tells. Where the preset is absolute they do not matter.
    pub fn transfer(&self, (low, high): (f32, f32)) -> Transfer {
        let scale = if self.relative { (high - low).max(f32::MIN_POSITIVE) } else { 1.0 };
        let low = if self.relative { low } else { 0.0 };
        let points = self.points.iter().map(|point| Point { value: low + scale * point.value, ..*point });
        Transfer { points: points.collect(), light: Light { contrast: scale * self.light.contrast, ..self.light } }
    }
}

impl Transfer {
    /// Red, green and blue from 0 to 1, and the opacity of 1 mm, of a value. Nothing of what is not a number.
    pub fn at(&self, value: f32) -> [f32; 4] {
        let points = &self.points;
        let after = points.partition_point(|point| point.value <= value);
        let (Some(low), false) = (points.get(after.saturating_sub(1)), value.is_nan()) else { return [0.0; 4] };
        let high = points.get(after).unwrap_or(low);
        let part =
            if high.value > low.value { ((value - low.value) / (high.value - low.value)).clamp(0.0, 1.0) } else { 0.0 };
        let between = |low: f32, high: f32| low + (high - low) * part;
        let colour: [f32; 3] = std::array::from_fn(|channel| {
            between(f32::from(low.colour[channel]), f32::from(high.colour[channel])) / 255.0
        });
        [colour[0], colour[1], colour[2], between(low.opacity, high.opacity).clamp(0.0, 1.0)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_ascend_from_nothing() {
        for preset in PRESETS {
            assert!(preset.points.is_sorted_by(|low, high| low.value < high.value), "{}", preset.name);
            assert_eq!(preset.points.first().map(|point| point.opacity), Some(0.0), "{}", preset.name);
            assert_eq!(Preset::named(preset.name), Some(preset));
        }
        assert_eq!(Preset::named("nothing"), None);
    }

    #[test]
    fn colours_are_linear_between_points_and_go_on_beyond_them() {
        let points = vec![at(0.0, [0, 0, 0], 0.0), at(10.0, [255, 0, 51], 0.5)];
        let transfer = Transfer { points, light: PRESETS[0].light };
        assert_eq!(transfer.at(5.0), [0.5, 0.0, 0.1, 0.25]);
        assert_eq!((transfer.at(-3.0), transfer.at(99.0)), ([0.0; 4], [1.0, 0.0, 0.2, 0.5]));
        assert_eq!(transfer.at(f32::NAN), [0.0; 4]);
        assert_eq!(Transfer { points: vec![], ..transfer }.at(1.0), [0.0; 4]);
    }

    #[test]
    fn a_relative_preset_follows_the_range_of_the_volume() {
        let mr = Preset::named("mr").map(|preset| preset.transfer((100.0, 300.0)));
        assert_eq!(mr.map(|transfer| (transfer.points[4].value, transfer.light.contrast)), Some((300.0, 6.0)));
    }
}
