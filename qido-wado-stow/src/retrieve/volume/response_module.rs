//! The Rendered Volume Response Module (PS3.18 Annex K): what was asked and what was decided, as a data set.

use archive::volume::{Method, Motion, Reformat, View, ViewRequest};
use compute::Voi;
use compute::volume::Intensity;
use serde_json::{Map, Value, json};

/// The module of a view.
pub(super) fn response_module(request: &ViewRequest, view: &View) -> Map<String, Value> {
    let mut module = Map::new();
    let mut put = |tag: &str, vr: &str, value: Value| {
        let values = if value.is_array() { value } else { json!([value]) };
        module.insert(tag.to_owned(), json!({ "vr": vr, "Value": values }));
    };
    let operation = match view.reformat {
        Reformat::Mpr => "MPR",
        Reformat::ThreeD => "3D_RENDERING",
    };
    put("00720510", "CS", operation.into());
    let method = match view.method {
        Method::Rendered(_) => "VOLUME_RENDERED",
        Method::Intensity(Intensity::Maximum) => "MAXIMUM_IP",
        Method::Intensity(Intensity::Minimum) => "MINIMUM_IP",
        Method::Intensity(Intensity::Average) => "AVERAGE_IP",
    };
    put("0070120D", "CS", method.into());
    put("00701603", "FD", json!(view.camera.position));
    put("00701604", "FD", json!(view.camera.look_at));
    put("00701605", "FD", json!(view.camera.up));
    if let Some(thickness) = view.slab {
        put("00701503", "FD", thickness.into());
    }
    let (function, center, width) = match view.window {
        Voi::Linear { center, width } => ("LINEAR", center, width),
        Voi::LinearExact { center, width } => ("LINEAR_EXACT", center, width),
        Voi::Sigmoid { center, width } => ("SIGMOID", center, width),
        // Windows of views are no tables.
        Voi::Table(_) => ("LINEAR", 0.0, 1.0),
    };
    // What is rendered in colours has no window.
    if matches!(view.method, Method::Intensity(_)) {
        put("00281050", "DS", center.into());
        put("00281051", "DS", width.into());
        put("00281056", "CS", function.into());
    }
    if let (Some(steps), Some(animation)) = (&view.steps, &request.animation) {
        if let Motion::Swivel(range) = animation.motion {
            put("00701A06", "FD", range.into());
        }
        if animation.motion != Motion::Phases {
            put("00701A05", "FD", steps.step.into());
        }
        put("00701A03", "FD", steps.rate.into());
    }
    module
}
