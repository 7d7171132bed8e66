//! What the server says that it can.

use crate::server::Server;

#[test]
fn describes_itself_as_wadl_and_as_openapi() {
    let server = Server::start();
    for path in ["/dicom-web/", "/dicom-web"] {
        let wadl = server.send("OPTIONS", path, &[("Accept", "application/vnd.sun.wadl+xml")], b"");
        assert_eq!((wadl.status, wadl.content_type()), (200, "application/vnd.sun.wadl+xml"), "{path}");
        assert!(wadl.text().contains("<resource path=\"studies/{study}/metadata\">"), "{}", wadl.text());
    }
    let json = server.send("OPTIONS", "/dicom-web/", &[("Accept", "application/json")], b"").json();
    assert_eq!(json, server.get("/dicom-web/openapi.json", "*/*").json());
    assert_eq!(json["openapi"], "3.1.0");
    assert_eq!(server.send("OPTIONS", "/dicom-web/", &[("Accept", "text/html")], b"").status, 406);
}
