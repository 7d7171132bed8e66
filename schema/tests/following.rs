//! What changed among descriptions, as stores of descriptors ask for it.

mod support;

use schema::descriptors::{Changes, changes};
use support::{Databases, instance};

fn since(databases: &Databases, horizon: &str) -> Changes {
    changes(&mut databases.index(), Some(horizon), 100).expect("changes")
}

fn keys(changes: &Changes) -> Vec<i64> {
    changes.marks.iter().map(|mark| mark.instance_key).collect()
}

#[test]
fn what_a_dump_brought_from_another_cluster_is_no_news() {
    let databases = Databases::new();
    databases.store(&[instance(1, 1, 1, &[]), instance(1, 1, 2, &[]), instance(1, 1, 3, &[])]);
    let horizon = changes(&mut databases.index(), None, 100).expect("changes").horizon;
    databases.index.sql(
        "INSERT INTO descriptions (instance_key, version, cells)
         SELECT instance_key, 0, decode(repeat('00', 64), 'hex') FROM instances",
    );
    let given = since(&databases, &horizon);
    let all = keys(&given);
    assert_eq!((all.len(), given.gone.len()), (3, 0));
    // As a dump of a cluster that has seen more transactions has them.
    databases.index.sql("UPDATE descriptions SET changed_by = '900000000000'");
    databases.index.sql("INSERT INTO descriptions_gone (instance_key, changed_by) VALUES (77, '900000000000')");
    let given = since(&databases, &horizon);
    assert!(given.marks.is_empty() && given.gone.is_empty() && !given.too_many, "{given:?}");
    databases
        .index
        .sql(&format!("UPDATE descriptions SET changed_by = pg_current_xact_id() WHERE instance_key = {}", all[1]));
    databases.index.sql(&format!("DELETE FROM descriptions WHERE instance_key = {}", all[2]));
    let given = since(&databases, &horizon);
    assert_eq!((keys(&given), given.gone), (vec![all[1]], vec![all[2]]));
}
