//! Storage nodes: where the bytes are.

use diesel::prelude::*;

use crate::index::storage_nodes;

/// Names a local, online node; a node of that name gets the new address. Gives its id.
pub fn register(connection: &mut PgConnection, name: &str, url: &str) -> QueryResult<i64> {
    diesel::insert_into(storage_nodes::table)
        .values((storage_nodes::name.eq(name), storage_nodes::url.eq(url)))
        .on_conflict(storage_nodes::name)
        .do_update()
        .set(storage_nodes::url.eq(url))
        .returning(storage_nodes::storage_node_id)
        .get_result(connection)
}
