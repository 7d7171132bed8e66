//! Deletion, as clients know it from other servers.

use crate::client::{Answer, send};
use crate::object::Object;
use crate::server::{Server, basic};

fn delete(server: &Server, name: &str, path: &str) -> Answer {
    send(server.address, "DELETE", path, &[("Authorization", &basic(name))], b"")
}

fn found(server: &Server, path: &str) -> usize {
    server.get(path, "application/dicom+json").json().as_array().map_or(0, Vec::len)
}

#[test]
fn what_is_deleted_is_gone_at_once_on_every_level() {
    let server = Server::start();
    let objects = [Object::new(1, 1, 1), Object::new(1, 1, 2), Object::new(1, 2, 1), Object::new(2, 1, 1)];
    server.store(&objects.each_ref());
    for (path, instances, studies) in
        [(objects[0].path(), 3, 2), (objects[1].series_path(), 2, 2), (objects[2].study_path(), 1, 1)]
    {
        assert_eq!(delete(&server, "alma", &path).status, 204, "{path}");
        assert_eq!(found(&server, "/dicom-web/instances"), instances, "{path}");
        assert_eq!(found(&server, "/dicom-web/studies"), studies, "{path}");
        assert_eq!(server.get(&path, "*/*").status, 404, "{path}");
        assert_eq!(delete(&server, "alma", &path).status, 404, "{path}");
    }
    assert_eq!(server.get(&objects[3].path(), "*/*").status, 200);
    server.store(&[&objects[0]]);
    assert_eq!(server.get(&objects[0].path(), "*/*").status, 200);
}

#[test]
fn only_who_may_delete_deletes() {
    let server = Server::start();
    let object = Object::new(1, 1, 1);
    server.store(&[&object]);
    for name in ["clara", "rita"] {
        assert_eq!(delete(&server, name, &object.path()).status, 403, "{name}");
    }
    assert_eq!(send(server.address, "DELETE", &object.path(), &[], b"").status, 401);
    assert_eq!(server.get(&object.path(), "*/*").status, 200);
}
