//! The one table of everything that is served below [`PREFIX`].

use actix_web::dev::{HttpServiceFactory, ServiceRequest};
use actix_web::guard::{Guard, GuardContext};
use actix_web::http::Method;
use actix_web::middleware::{Compress, from_fn};
use actix_web::{FromRequest, Handler, Resource, Responder, Route, web};

use crate::measure::measured;
use crate::retrieve::{bulk_data, frames, metadata, objects, rendered, thumbnail};
use crate::{Failure, search, store, unbuilt};

/// Path of the DICOMweb service below the server's root.
pub const PREFIX: &str = "/dicom-web";

const ROOT: &str = "";
const STUDY: &str = "/studies/{study}";
const SERIES: &str = "/studies/{study}/series/{series}";
const INSTANCE: &str = "/studies/{study}/series/{series}/instances/{instance}";
const VOLUMETRIC: &str = "/{kind:(?i:renderedmpr|rendered3d)}";
const OTHER_SERVICES: &str = "/{service:workitems|subscribers|notification-connections|commitment-requests|color-palettes\
    |defined-procedure-protocols|hanging-protocols|implant-templates|inventories|protocol-approvals\
    |modality-scheduled-procedure-steps|modality-performed-procedure-steps}{rest:(?:/.*)?}";

/// Level, rest of the path, method with the operation's name and handler; the clause of PS3.18 beside it.
fn table() -> Vec<(&'static str, &'static str, (Verb, Route))> {
    vec![
        (ROOT, "/studies", json("search_studies", search::studies)), // §10.6.1
        (ROOT, "/series", json("search_series", search::series)),    // §10.6.1
        (ROOT, "/instances", json("search_instances", search::instances)), // §10.6.1
        (STUDY, "/series", json("search_study_series", search::series)), // §10.6.1
        (STUDY, "/instances", json("search_study_instances", search::instances)), // §10.6.1
        (SERIES, "/instances", json("search_series_instances", search::instances)), // §10.6.1
        (ROOT, "/studies", post("store", store::instances)),         // §10.5.1
        (STUDY, "", post("store_study", store::instances)),          // §10.5.1
        (STUDY, "", get("retrieve_study", objects::retrieve)),       // §10.4.1.1.1
        (SERIES, "", get("retrieve_series", objects::retrieve)),     // §10.4.1.1.1
        (INSTANCE, "", get("retrieve_instance", objects::retrieve)), // §10.4.1.1.1
        (STUDY, "/metadata", json("metadata_study", metadata::retrieve)), // §10.4.1.1.2
        (SERIES, "/metadata", json("metadata_series", metadata::retrieve)), // §10.4.1.1.2
        (INSTANCE, "/metadata", json("metadata_instance", metadata::retrieve)), // §10.4.1.1.2
        (INSTANCE, "/frames/{frames}", get("frames", frames::retrieve)), // §10.4.1.1.6
        (INSTANCE, "/bulkdata/{path:.+}", get("bulkdata", bulk_data::retrieve)), // §10.4.1.1.5
        (INSTANCE, "/rendered", get("rendered_instance", rendered::retrieve)), // §10.4.1.1.3
        (INSTANCE, "/frames/{frames}/rendered", get("rendered_frames", rendered::retrieve)), // §10.4.1.1.3
        (STUDY, "/thumbnail", get("thumbnail_study", thumbnail::retrieve)), // §10.4.1.1.4
        (SERIES, "/thumbnail", get("thumbnail_series", thumbnail::retrieve)), // §10.4.1.1.4
        (INSTANCE, "/thumbnail", get("thumbnail_instance", thumbnail::retrieve)), // §10.4.1.1.4
        (INSTANCE, "/frames/{frames}/thumbnail", get("thumbnail_frame", thumbnail::retrieve)), // §10.4.1.1.4
        // What comes later.
        (STUDY, "", delete("delete", unbuilt::delete)),
        (SERIES, "", delete("delete", unbuilt::delete)),
        (INSTANCE, "", delete("delete", unbuilt::delete)),
        (STUDY, "/rendered", get("unbuilt", unbuilt::rendered)), // §10.4.1.1.3
        (SERIES, "/rendered", get("unbuilt", unbuilt::rendered)), // §10.4.1.1.3
        (STUDY, "/bulkdata", get("unbuilt", unbuilt::bulk)),     // §10.4.1.1.5
        (SERIES, "/bulkdata", get("unbuilt", unbuilt::bulk)),    // §10.4.1.1.5
        (INSTANCE, "/bulkdata", get("unbuilt", unbuilt::bulk)),  // §10.4.1.1.5
        (STUDY, "/pixeldata", get("unbuilt", unbuilt::bulk)),    // §10.4.1.1.6
        (SERIES, "/pixeldata", get("unbuilt", unbuilt::bulk)),   // §10.4.1.1.6
        (INSTANCE, "/pixeldata", get("unbuilt", unbuilt::bulk)), // §10.4.1.1.6
        (SERIES, VOLUMETRIC, get("unbuilt", unbuilt::volumetric)), // §10.4.1.1.7, §10.4.1.1.8
        (INSTANCE, VOLUMETRIC, get("unbuilt", unbuilt::volumetric)), // §10.4.1.1.7, §10.4.1.1.8
        (ROOT, OTHER_SERVICES, any("unbuilt", unbuilt::service)), // §8.10, §11, §12, §13
        (ROOT, "/", options("unbuilt", unbuilt::service)),       // §8.9
    ]
}

/// Mounts the DICOMweb service at [`PREFIX`]. Needs `web::Data<archive::Archive>` and `web::Data<Settings>`.
pub fn routes(config: &mut web::ServiceConfig) {
    let mut resources: Vec<(String, Vec<(Verb, Route)>)> = Vec::new();
    for (level, rest, route) in table() {
        let path = format!("{level}{rest}");
        match resources.iter_mut().find(|(known, _)| *known == path) {
            Some((_, routes)) => routes.push(route),
            None => resources.push((path, vec![route])),
        }
    }
    let scope =
        resources.into_iter().fold(web::scope(PREFIX), |scope, (path, routes)| scope.service(resource(&path, routes)));
    config.service(scope.default_service(any("nothing", unbuilt::nothing).1));
}

/// One path with its methods; any other method is 405 and lists them.
fn resource(path: &str, routes: Vec<(Verb, Route)>) -> impl HttpServiceFactory + use<> {
    let allowed = routes.iter().map(|(verb, _)| verb.names()).collect::<Vec<_>>().join(", ");
    let refuse = move || {
        let allowed = allowed.clone();
        async move { Err::<&str, _>(Failure::MethodNotAllowed(allowed)) }
    };
    let resource = routes.into_iter().fold(Resource::new(path), |resource, (_, route)| resource.route(route));
    resource.default_service(web::route().to(refuse))
}

/// The methods of one route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Get,
    Post,
    Delete,
    Options,
    Any,
}

impl Verb {
    fn names(self) -> &'static str {
        match self {
            Verb::Get => "GET, HEAD",
            Verb::Post => "POST",
            Verb::Delete => "DELETE",
            Verb::Options => "OPTIONS",
            Verb::Any => "any",
        }
    }

    fn covers(self, method: &Method) -> bool {
        match self {
            Verb::Get => method == Method::GET || method == Method::HEAD,
            Verb::Post => method == Method::POST,
            Verb::Delete => method == Method::DELETE,
            Verb::Options => method == Method::OPTIONS,
            Verb::Any => true,
        }
    }
}

impl Guard for Verb {
    fn check(&self, context: &GuardContext<'_>) -> bool {
        self.covers(&context.head().method)
    }
}

/// A route whose answers are counted under the name of its operation.
fn counted(verb: Verb, operation: &'static str, route: Route) -> (Verb, Route) {
    (verb, route.wrap(from_fn(move |request: ServiceRequest, next| measured(operation, request, next))))
}

/// GET and HEAD of text, compressed for a client that wants it.
fn json<F, Args>(operation: &'static str, handler: F) -> (Verb, Route)
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    counted(Verb::Get, operation, web::route().guard(Verb::Get).to(handler).wrap(Compress::default()))
}

macro_rules! method {
    ($name:ident, $verb:expr) => {
        fn $name<F, Args>(operation: &'static str, handler: F) -> (Verb, Route)
        where
            F: Handler<Args>,
            Args: FromRequest + 'static,
            F::Output: Responder + 'static,
        {
            counted($verb, operation, web::route().guard($verb).to(handler))
        }
    };
}
method!(get, Verb::Get);
method!(post, Verb::Post);
method!(delete, Verb::Delete);
method!(options, Verb::Options);
method!(any, Verb::Any);
