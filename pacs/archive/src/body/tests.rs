use serde_json::json;

use super::*;

fn cells(name: &str) -> Cells {
    named(name).unwrap_or_else(|| panic!("no part is called {name}"))
}

fn is_within(inner: &Cells, outer: &Cells) -> bool {
    intersection(inner, outer) == *inner
}

/// The figure with a part, for people who run this test to look at it.
fn picture(part: &Cells) -> String {
    let letter = |column, row| match (part.contains(column, row), universe().contains(column, row)) {
        (true, _) => '#',
        (_, true) => '.',
        _ => ' ',
    };
    (0..ROWS).map(|row| (0..COLUMNS).map(|column| letter(column, row)).collect::<String>() + "\n").collect()
}

#[test]
fn the_figure_is_the_same_on_both_sides_and_fills_the_grid() {
    assert_eq!(*universe(), mirrored(universe()));
    let row_is_empty = |row| (0..COLUMNS).all(|column| !universe().contains(column, row));
    assert!((0..ROWS).all(|row| !row_is_empty(row)), "{}", picture(&Cells::default()));
    assert!((150..260).contains(&universe().count()), "{}\n{}", universe().count(), picture(&Cells::default()));
}

#[test]
fn every_part_has_cells_all_of_the_figure_and_within_the_parts_that_contain_it() {
    assert!(parts().len() >= 60);
    for part in parts() {
        for side in [None, Some(Side::Right), Some(Side::Left)] {
            let own = part.cells(side);
            let has_some = own.count() > 0 || (side.is_some() && !part.paired);
            assert!(has_some && is_within(&own, universe()), "{} {side:?}", part.name);
            for outer in &part.within {
                let outer = super::part(outer).unwrap_or_else(|| panic!("{} is within {outer}", part.name));
                assert!(
                    is_within(&own, &outer.cells(side.filter(|_| outer.paired))),
                    "{} in {}",
                    part.name,
                    outer.name
                );
            }
        }
        assert_eq!(part.within.is_empty(), part.name == "whole body");
    }
}

#[test]
fn every_name_code_and_term_leads_to_its_part() {
    for part in parts() {
        for name in [part.name, part.code].into_iter().chain(part.older_codes.iter().copied()) {
            assert_eq!(super::part(name).map(|found| found.name), Some(part.name), "{name}");
        }
        assert!(part.code.bytes().all(|byte| byte.is_ascii_digit()) && part.code.len() >= 6, "{}", part.name);
        let is_term = part.term.bytes().all(|byte| byte.is_ascii_uppercase());
        assert!(part.term.len() <= 16 && is_term, "a CS value: {}", part.term);
        // HIP is the hip joint; the hip itself has no Defined Term.
        for name in [part.term].into_iter().filter(|term| !["", "HIP"].contains(term)) {
            assert_eq!(super::part(name).map(|found| found.name), Some(part.name), "{name}");
        }
    }
}

#[test]
fn parts_lie_where_anatomy_has_them() {
    let apart = |a: &str, b: &str| assert_eq!(intersection(&cells(a), &cells(b)).count(), 0, "{a}, {b}");
    for (a, b) in [
        ("left hand", "right hand"),
        ("left lung", "right foot"),
        ("head", "chest"),
        ("chest", "pelvis"),
        ("heart", "abdomen"),
        ("knee", "hip"),
        ("hand", "foot"),
        ("hand", "pelvis"),
        ("brain", "neck"),
        ("left knee", "right knee"),
    ] {
        apart(a, b);
    }
    for (inner, outer) in [
        ("lung", "chest"),
        ("heart", "trunk"),
        ("left thumb", "left upper limb"),
        ("left kidney", "abdomen"),
        ("right patella", "right lower limb"),
        ("eye", "head"),
        ("lumbar spine", "spine"),
    ] {
        assert!(is_within(&cells(inner), &cells(outer)), "{inner} in {outer}\n{}", picture(&cells(outer)));
    }
    let (left, right) = (cells("left heart").count(), cells("right heart").count());
    assert!(left > right, "the heart is more on the left");
    assert!(cells("right liver").count() > cells("left liver").count());
    assert!(cells("left spleen").count() > 0 && cells("right spleen").count() == 0);
}

#[test]
fn names_may_be_spelled_in_any_way_and_have_a_side() {
    assert_eq!(cells("LEFT HAND"), cells("hand_l"));
    assert_eq!(cells("Hand, left"), cells("left hands"));
    assert_eq!(cells("both hands"), cells("HAND"));
    assert_eq!(cells("L SPINE"), cells("122496007"));
    assert_eq!(cells("T-D3000"), cells("thorax"));
    assert_eq!(cells("WHOLE BODY"), *universe());
    for unknown in ["", "left", "nonsense", "left right hand", "é", "'; drop"] {
        assert_eq!(named(unknown), None, "{unknown}");
    }
}

#[test]
fn attributes_tell_the_place_of_an_image() {
    let of = |value| of_attributes(&value);
    let word = |value: &str| json!({"vr": "CS", "Value": [value]});
    let code = |value: &str| json!({"00080100": {"vr": "SH", "Value": [value]}});
    assert_eq!(of(json!({"00180015": word("CHEST")})), cells("chest"));
    assert_eq!(of(json!({"00180015": word("chest "), "00200060": word("L")})), cells("chest"));
    assert_eq!(of(json!({"00180015": word("HAND")})), cells("hand"));
    assert_eq!(of(json!({"00180015": word("HAND"), "00200060": word("L")})), cells("left hand"));
    assert_eq!(of(json!({"00180015": word("RIGHT KNEE")})), cells("right knee"));
    let image = json!({"00180015": word("HAND"), "00200060": word("L"), "00200062": word("R")});
    assert_eq!(of(image), cells("right hand"));
    let region = |modifier: &str| {
        json!({"vr": "SQ", "Value": [{
            "00080100": {"vr": "SH", "Value": ["56459004"]},
            "00082220": {"vr": "SQ", "Value": [code(modifier)]}
        }]})
    };
    let foot = json!({"00180015": word("LEG"), "00200060": word("R"), "00082218": region("7771000")});
    assert_eq!(of(foot), cells("left foot"));
    assert_eq!(of(json!({"00082218": region("51440002"), "00200060": word("R")})), cells("foot"));
    let two = json!({"00082218": {"vr": "SQ", "Value": [code("45048000"), code("816094009")]}});
    assert_eq!(of(two), union(&cells("neck"), &cells("chest")));
}

#[test]
fn frames_of_enhanced_images_tell_the_place_too() {
    let code = |value: &str| json!({"00080100": {"vr": "SH", "Value": [value]}});
    let anatomy = |part: &str, side: &str| {
        json!({"00209071": {"vr": "SQ", "Value": [{
            "00082218": {"vr": "SQ", "Value": [code(part)]},
            "00209072": {"vr": "CS", "Value": [side]}
        }]}})
    };
    let shared = |part, side| json!({"52009229": {"vr": "SQ", "Value": [anatomy(part, side)]}});
    let examined = json!({"vr": "CS", "Value": ["CHEST"]});
    let mut foot = shared("56459004", "L");
    foot["00180015"] = examined.clone();
    foot["00200060"] = json!({"vr": "CS", "Value": ["R"]});
    assert_eq!(of_attributes(&foot), cells("left foot"));
    assert_eq!(of_attributes(&shared("816094009", "U")), cells("chest"));
    let frames = json!({"52009230": {"vr": "SQ", "Value": [
        anatomy("45048000", "U"), anatomy("816094009", "U"), {}, anatomy("816094009", "U")
    ]}});
    assert_eq!(of_attributes(&frames), union(&cells("neck"), &cells("chest")));
    assert!(says_region(&foot) && !says_region(&frames));
    let mut own = foot.clone();
    own["00082218"] = json!({"vr": "SQ", "Value": [code("85562004")]});
    assert_eq!(of_attributes(&own), cells("right hand"), "what is said of the whole image goes first");
    let unknown = json!({"52009229": {"vr": "SQ", "Value": [anatomy("0", "L")]}, "00180015": examined});
    assert_eq!(of_attributes(&unknown), cells("chest"));
}

#[test]
fn attributes_that_say_nothing_known_give_no_cells() {
    for dicom in [
        json!({}),
        json!(null),
        json!({"00180015": {"vr": "CS"}}),
        json!({"00180015": {"vr": "CS", "Value": [null]}}),
        json!({"00180015": {"vr": "CS", "Value": ["PHANTOM"]}}),
        json!({"00082218": {"vr": "SQ", "Value": [{"00080100": {"vr": "SH", "Value": ["0"]}}, null, 3]}}),
        json!({"00082218": 7, "00200060": {"vr": "CS", "Value": ["L"]}}),
    ] {
        assert_eq!(of_attributes(&dicom), Cells::default(), "{dicom}");
    }
}

#[test]
fn cells_are_written_as_digits_and_read_again() {
    let mut one = Cells::default();
    one.insert(0, 0);
    assert_eq!(hex(&one), format!("8{}", "0".repeat(127)));
    for part in parts() {
        assert_eq!(of_hex(&hex(&part.cells(None))), Some(part.cells(None)));
    }
    for wrong in ["", "8", &"g".repeat(128), &"0".repeat(129), &"+".repeat(128), &"é".repeat(64)] {
        assert_eq!(of_hex(wrong), None);
    }
}

#[test]
fn the_drawing_is_one_of_path_data() {
    assert!(outline().starts_with('M') && outline().ends_with('Z') && !outline().contains("NaN"));
}
