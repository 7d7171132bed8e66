//! Stores of which a power failure left some files as they were.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use chrono::DateTime;
use compute::similar::{Pyramid, SIDES, TOP, bytes, gradient};
use schema::descriptors::{Detail, Mark, Picture};

use super::Store;

const NODE: i64 = 7;

fn tone(instance_key: i64, state: i64, seen_as: i16) -> u8 {
    (instance_key * 10 + state + i64::from(seen_as) * 70) as u8
}

/// An image in a state, with so many pictures.
fn image(instance_key: i64, state: i64, pictures: i16) -> Detail {
    let picture = |seen_as| {
        let tone = tone(instance_key, state, seen_as);
        let pyramid = Pyramid::from_top(vec![tone; SIDES[TOP] * SIDES[TOP]]).expect("a copy of 256");
        let (small, gradient) = (bytes::small(&pyramid), vec![tone; gradient::LENGTH]);
        Picture { instance_key, seen_as, frame: 1, small, gradient }
    };
    let changed_at = DateTime::from_timestamp_micros(state).expect("a time");
    Detail {
        mark: Mark { instance_key, changed_at },
        cells: vec![tone(instance_key, state, 0); 64],
        storage_node_id: NODE,
        file_path: format!("objects/{instance_key}.dcm"),
        pictures: (0..pictures).map(picture).collect(),
    }
}

/// As the database is followed.
fn catch_up(store: &mut Store, images: &[Detail]) {
    let is_gone = |key: &i64| images.iter().all(|image| image.mark.instance_key != *key);
    let gone: Vec<i64> = store.keys().filter(is_gone).collect();
    gone.into_iter().for_each(|key| store.remove(key));
    for image in images {
        if !store.has(&image.mark) {
            store.put(image, NODE).expect("room");
        }
    }
}

/// Each image has the pictures of its state, and each picture its image; gives how many there are.
fn whole(store: &Store, known: &[&Detail]) -> (usize, usize) {
    for place in 0..store.len() {
        let origin = store.origin(place);
        let (state, _) = store.images.state(origin.instance_key).expect("its image");
        let tone = tone(origin.instance_key, state, origin.seen_as.number());
        assert_eq!(store.gradient(place), [tone; gradient::LENGTH]);
    }
    for key in store.keys() {
        let (state, count) = store.images.state(key).expect("a state");
        let is_known = |image: &&Detail| image.mark.instance_key == key && image.pictures.len() == count;
        assert!(known.iter().any(|image| is_known(image) && image.mark.changed_at.timestamp_micros() == state));
        assert_eq!(store.places(key).count(), count);
    }
    (store.keys().count(), store.len())
}

fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let inside = |folder: &Path| -> Vec<PathBuf> {
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect()
    };
    let layout = inside(&folder.join("0")).into_iter().find(|path| path.is_dir()).expect("a folder of columns");
    inside(&layout).into_iter().map(|path| (path.clone(), fs::read(path).expect("a column"))).collect()
}

#[test]
fn what_does_not_go_together_is_left_out_and_read_again() {
    let before = [image(1, 1, 1), image(2, 1, 2), image(3, 1, 1), image(5, 1, 1), image(6, 1, 1)];
    let after = [image(1, 2, 1), image(3, 2, 2), image(4, 2, 1), image(5, 1, 1), image(6, 2, 0)];
    let known: Vec<&Detail> = before.iter().chain(&after).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let open = || Store::open(folder.path()).expect("a store");
    catch_up(&mut open(), &before);
    let old = files(folder.path());
    assert_eq!(whole(&open(), &known), (5, 6));
    catch_up(&mut open(), &after);
    let new = files(folder.path());
    assert_eq!(whole(&open(), &known), (5, 5));
    let name = |path: &Path| path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
    let parts: Vec<String> =
        ["image-", "picture-"].map(str::to_owned).into_iter().chain(old.keys().map(|path| name(path))).collect();
    for (one, other) in [(&old, &new), (&new, &old)] {
        for part in &parts {
            for (path, bytes) in one {
                let is_other = name(path).starts_with(part);
                fs::write(path, if is_other { &other[path] } else { bytes }).expect("a column");
            }
            let mut store = open();
            whole(&store, &known);
            catch_up(&mut store, &after);
            assert_eq!(whole(&store, &known), (5, 5), "{part}");
        }
    }
}

#[test]
fn the_order_for_those_who_must_not_learn_of_keys_is_kept_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut store = Store::open(folder.path()).expect("a store");
    let everything = super::cells_of(&[255; 64]);
    let order = |store: &Store| -> Vec<i64> {
        let veiled = store.veiled().expect("an order").in_order(&everything, 0, 100);
        assert!(veiled.iter().all(|((place, key), _)| *place == key * 7 % 11));
        let mut keys: Vec<i64> = veiled.into_iter().map(|((_, key), _)| key).collect();
        keys.sort_unstable();
        keys
    };
    (1..=5).for_each(|key| store.put(&image(key, 1, 1), NODE).expect("room"));
    assert!(store.veiled().is_none());
    store.veil(Box::new(|key| key * 7 % 11));
    assert_eq!(order(&store), [1, 2, 3, 4, 5]);
    store.put(&image(2, 2, 2), NODE).expect("room");
    store.put(&image(6, 1, 1), NODE).expect("room");
    store.remove(4);
    assert_eq!(order(&store), [1, 2, 3, 5, 6]);
    assert_eq!(store.veiled().map(|veiled| veiled.pictures(&everything)), Some(store.len()));
    assert_eq!(store.shown().pictures(&everything), store.len());
}
