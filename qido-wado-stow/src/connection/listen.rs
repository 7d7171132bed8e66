//! Taking connections.

use std::fmt::Debug;
use std::io;
use std::net::TcpListener;
use std::time::Duration;

use actix_http::{HttpService, Protocol, Request, Response};
use actix_server::ServerBuilder;
use actix_service::{IntoServiceFactory, Service, ServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::body::MessageBody;
use actix_web::dev::AppConfig;
use actix_web::rt::net::TcpStream;

use super::outlet::Outlet;

/// How long a connection that is closed may take for it.
const DISCONNECT: Duration = Duration::from_secs(1);

/// Has a server take connections without TLS, whose answers the kernel sends from stored files. They are served as
/// `HttpServer` does it, but the address of [`AppConfig`] is none of theirs. A client that hangs up wants no answer: what
/// is made for it is given up.
pub fn listen<F, I, S, B>(server: ServerBuilder, listener: TcpListener, app: F) -> io::Result<ServerBuilder>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request>,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<actix_web::Error> + 'static,
    S::InitError: Debug,
    S::Response: Into<Response<B>> + 'static,
    <S::Service as Service<Request>>::Future: 'static,
    S::Service: 'static,
    B: MessageBody + 'static,
{
    let shutdown = server.graceful_shutdown_signal();
    server.listen("http", listener, move || {
        let shutdown = shutdown.clone();
        let app = app().into_factory().map_err(|error| error.into().error_response());
        let http = HttpService::build()
            .graceful_shutdown_signal(move || {
                let shutdown = shutdown.clone();
                async move { shutdown.notified().await }
            })
            .client_disconnect_timeout(DISCONNECT)
            .h1_allow_half_closed(false)
            .on_connect_ext(|outlet: &Outlet, data| {
                data.insert(outlet.connection().clone());
            })
            .finish(map_config(app, |()| AppConfig::default()));
        fn_service(|stream: TcpStream| async move {
            // Without it an answer could wait for more to go with it. A socket that will not be set is of no use anyway.
            let _ = stream.set_nodelay(true);
            let peer = stream.peer_addr().ok();
            Ok((Outlet::new(stream), Protocol::Http1, peer))
        })
        .and_then(http)
    })
}
