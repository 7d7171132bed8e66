//! What a state cuts off (Volume Cropping Module, PS3.3 §C.11.24).

use std::collections::BTreeSet;

use compute::volume::{Crop, Point};
use data_set::{Item, tags};

use super::{Segmented, damaged, field::point, is, unbuilt};
use crate::Error;
use crate::volume::slice::{dot, unit};

/// Most boxes and planes of a state, and Segmentations of a choice of segments.
const MOST: usize = 256;
/// Most choices of segments of a state: each takes a bit for each sample.
const MOST_SEGMENTED: usize = 8;

/// All that cuts something off the one input: what is for every input, and what is for this one.
pub(super) fn crops(root: &Item<'_>, input: &Item<'_>) -> Result<(Vec<Crop>, Vec<Segmented>), Error> {
    let mut wanted = Vec::new();
    for (item, is_wanted, index) in [
        (root, tags::GLOBAL_CROP, tags::GLOBAL_CROPPING_SPECIFICATION_INDEX),
        (input, tags::CROP, tags::CROPPING_SPECIFICATION_INDEX),
    ] {
        if is(item, is_wanted, "YES") {
            let numbers = item.ints(index);
            if numbers.is_empty() {
                return Err(damaged("its cropping has no Cropping Specification Index"));
            }
            wanted.extend(numbers);
        }
    }
    let (mut crops, mut segmented) = (Vec::new(), Vec::new());
    for number in wanted {
        let mut all = root.items_of(tags::VOLUME_CROPPING_SEQUENCE);
        let specified = all.find(|item| item.int(tags::CROPPING_SPECIFICATION_NUMBER) == Some(number));
        let specified = specified.ok_or_else(|| damaged(&format!("its cropping {number} is not there")))?;
        match specified.raw_text(tags::VOLUME_CROPPING_METHOD) {
            Some("BOUNDING_BOX") => crops.push(between(&specified)?),
            // The Standard has the second name in its table, and the first in its conditions.
            Some("OBLIQUE" | "OBLIQUE_PLANES") => {
                let planes = specified.items_of(tags::OBLIQUE_CROPPING_PLANE_SEQUENCE).take(MOST + 1);
                let before = crops.len();
                for plane in planes {
                    crops.push(behind(&plane)?);
                }
                if crops.len() == before {
                    return Err(damaged("its cropping has no planes"));
                }
            }
            Some("INCLUDE_SEG") => segmented.push(segments(&specified, true)?),
            Some("EXCLUDE_SEG") => segmented.push(segments(&specified, false)?),
            other => return Err(damaged(&format!("its Volume Cropping Method is {other:?}"))),
        }
        if crops.len() > MOST || segmented.len() > MOST_SEGMENTED {
            return Err(unbuilt("cropping by more than 256 boxes and planes, or 8 choices of segments"));
        }
    }
    Ok((crops, segmented))
}

/// The segments that say what stays, or goes.
fn segments(item: &Item<'_>, stay: bool) -> Result<Segmented, Error> {
    let images = item.items_of(tags::REFERENCED_IMAGE_SEQUENCE).take(MOST);
    let of = images.filter_map(|image| {
        let numbers = image.ints(tags::REFERENCED_SEGMENT_NUMBER).into_iter();
        let numbers: BTreeSet<u32> = numbers.filter_map(|number| u32::try_from(number).ok()).collect();
        Some((image.raw_text(tags::REFERENCED_SOP_INSTANCE_UID)?.to_owned(), numbers.into_iter().collect()))
    });
    let of: Vec<(String, Vec<u32>)> = of.collect();
    if of.iter().any(|(_, numbers)| numbers.len() > MOST) {
        return Err(unbuilt("cropping by more than 256 segments of one Segmentation, but for all of them"));
    }
    match of.is_empty() {
        true => Err(damaged("its cropping refers to no segmentation")),
        false => Ok(Segmented { of, stay }),
    }
}

/// A box along the grid of the volume, by two opposite corners.
fn between(item: &Item<'_>) -> Result<Crop, Error> {
    let corners = item.floats(tags::BOUNDING_BOX_CROP);
    match <[f64; 6]>::try_from(corners) {
        Ok([x, y, z, other_x, other_y, other_z])
            if [x, y, z, other_x, other_y, other_z].iter().all(|x| x.is_finite()) =>
        {
            Ok(Crop::Between([x, y, z], [other_x, other_y, other_z]))
        }
        _ => Err(damaged("its Bounding Box Crop has not six numbers")),
    }
}

/// A plane whose normal points to what is cut off.
fn behind(item: &Item<'_>) -> Result<Crop, Error> {
    let plane = <[f64; 4]>::try_from(item.floats(tags::PLANE)).ok().filter(|plane| plane.iter().all(|x| x.is_finite()));
    let (Some([a, b, c, d]), Some(outward)) = (plane, point(item, tags::PLANE_NORMAL)) else {
        return Err(damaged("a plane of its cropping has not its numbers"));
    };
    let across: Point = [a, b, c];
    let length = dot(across, across).sqrt();
    let normal = unit(across).ok_or_else(|| damaged("a plane of its cropping has no direction"))?;
    let side = dot(normal, outward);
    if side.abs() < 0.9 * dot(outward, outward).sqrt() || side == 0.0 {
        return Err(damaged("a Plane Normal of its cropping is not at right angles to its plane"));
    }
    let sign = side.signum();
    Ok(Crop::Behind { normal: normal.map(|x| sign * x), offset: -sign * d / length })
}
