//! The gateway's own pages for people: start page, log-in, health, metrics, and the viewer's files.
//!
//! Server-rendered HTML without a build step; everything works without JavaScript, except the viewer
//! and the page of similar images. Every path needs a
//! user but those that say so in the table of [`routes`].

pub mod admission;
mod api;
mod health;
mod login;
mod metrics;
mod next;
mod origin;
mod page;
mod refusal;
mod settings;
mod similar;
mod start;
mod viewer;

use actix_web::web::{self, ServiceConfig};
pub use api::Resource;
pub use settings::WebSettings;

/// Mounts the pages. Needs `web::Data<archive::Archive>` and `web::Data<WebSettings>`.
pub fn routes(config: &mut ServiceConfig) {
    config
        // For everybody.
        .route("/health/live", web::get().to(health::live))
        .route("/health/ready", web::get().to(health::ready))
        .route("/login", web::get().to(login::form))
        .route("/login", web::post().to(login::log_in))
        // For users.
        .route("/", web::get().to(start::page))
        .route("/api", web::get().to(api::page))
        .route("/logout", web::post().to(login::log_out))
        .route("/metrics", web::get().to(metrics::text))
        .route("/similar", web::get().to(similar::page))
        .route("/similar/{script}", web::get().to(similar::script))
        .route("/viewer", web::get().to(viewer::redirect))
        .route("/viewer/app-config.js", web::get().to(viewer::app_config))
        .route("/viewer/{path:.*}", web::get().to(viewer::file))
        .route("/viewer/{path:.*}", web::head().to(viewer::file))
        .default_service(web::route().to(refusal::nothing_here));
}
