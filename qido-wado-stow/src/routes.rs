//! The one table of everything that is served below [`PREFIX`].

use actix_web::dev::{HttpServiceFactory, ServiceRequest};
use actix_web::guard::{Guard, GuardContext};
use actix_web::http::Method;
use actix_web::http::header::ALLOW;
use actix_web::middleware::{Compress, from_fn};
use actix_web::{FromRequest, Handler, HttpResponse, Resource, Responder, Route, Scope, web};

use crate::capabilities;
use crate::measure::measured;
use crate::operation::*;
use crate::retrieve::{all_bulk_data, bulk_data, frames, metadata, objects, rendered, thumbnail, volume, wado_uri};
use crate::{
    Failure, Settings, application_entities, commitment, cors, delete, forwarding, jobs, performed, search, similar,
    store, unbuilt, worklist,
};

/// Path of the DICOMweb service below the server's root.
pub const PREFIX: &str = "/dicom-web";

/// Where examples may be sent too, for clients that know nothing of DICOMweb.
const EXAMPLES: &str = "/api/similar";

const ROOT: &str = "";
const STUDY: &str = "/studies/{study}";
const SERIES: &str = "/studies/{study}/series/{series}";
const INSTANCE: &str = "/studies/{study}/series/{series}/instances/{instance}";
/// The Standard writes these two in several ways: they have no case.
const MPR: &str = "/{resource:(?i:renderedmpr)}";
const THREE_D: &str = "/{resource:(?i:rendered3d)}";
const MPR_OF_FRAMES: &str = "/frames/{frames}/{resource:(?i:renderedmpr)}";
const THREE_D_OF_FRAMES: &str = "/frames/{frames}/{resource:(?i:rendered3d)}";
const OTHER_SERVICES: &str = "/{service:workitems|subscribers|notification-connections|color-palettes\
    |defined-procedure-protocols|hanging-protocols|implant-templates|inventories|protocol-approvals}{rest:(?:/.*)?}";
const SCHEDULED: &str = "/modality-scheduled-procedure-steps";
const PERFORMED: &str = "/modality-performed-procedure-steps/{step}";
const ENTITIES: &str = "/application-entities";
const COMMITMENT: &str = "/commitment-requests/{transaction}";

/// Level, rest of the path, what it is, method with the operation's name and handler; the clause of PS3.18 stands with
/// what it is.
fn table() -> Vec<(&'static str, &'static str, &'static Kind, Endpoint)> {
    vec![
        (ROOT, "/studies", &SEARCH, json("search_studies", search::studies)),
        (ROOT, "/series", &SEARCH, json("search_series", search::series)),
        (ROOT, "/instances", &SEARCH, json("search_instances", search::instances)),
        (STUDY, "/series", &SEARCH, json("search_study_series", search::series)),
        (STUDY, "/instances", &SEARCH, json("search_study_instances", search::instances)),
        (SERIES, "/instances", &SEARCH, json("search_series_instances", search::instances)),
        (ROOT, "/studies", &STORE, post("store", store::instances)),
        (STUDY, "", &STORE, post("store_study", store::instances)),
        (ROOT, "/studies", &UPSERT, put("upsert", store::upsert)),
        (STUDY, "", &UPSERT, put("upsert_study", store::upsert)),
        (STUDY, "", &OBJECT, get("retrieve_study", objects::retrieve)),
        (SERIES, "", &OBJECT, get("retrieve_series", objects::retrieve)),
        (INSTANCE, "", &OBJECT, get("retrieve_instance", objects::retrieve)),
        (STUDY, "/metadata", &METADATA, json("metadata_study", metadata::retrieve)),
        (SERIES, "/metadata", &METADATA, json("metadata_series", metadata::retrieve)),
        (INSTANCE, "/metadata", &METADATA, json("metadata_instance", metadata::retrieve)),
        (INSTANCE, "/frames/{frames}", &FRAMES, get("frames", frames::retrieve)),
        (INSTANCE, "/bulkdata/{path:.+}", &BULK_DATA, get("bulkdata", bulk_data::retrieve)),
        (STUDY, "/bulkdata", &BULK_DATA, get("bulkdata_study", all_bulk_data::retrieve)),
        (SERIES, "/bulkdata", &BULK_DATA, get("bulkdata_series", all_bulk_data::retrieve)),
        (INSTANCE, "/bulkdata", &BULK_DATA, get("bulkdata_instance", all_bulk_data::retrieve)),
        (STUDY, "/pixeldata", &PIXEL_DATA, get("pixeldata_study", all_bulk_data::pixel_data)),
        (SERIES, "/pixeldata", &PIXEL_DATA, get("pixeldata_series", all_bulk_data::pixel_data)),
        (INSTANCE, "/pixeldata", &PIXEL_DATA, get("pixeldata_instance", bulk_data::pixel_data)),
        (STUDY, "/rendered", &RENDERED, get("rendered_study", rendered::retrieve)),
        (SERIES, "/rendered", &RENDERED, get("rendered_series", rendered::retrieve)),
        (INSTANCE, "/rendered", &RENDERED, get("rendered_instance", rendered::retrieve)),
        (INSTANCE, "/frames/{frames}/rendered", &RENDERED, get("rendered_frames", rendered::retrieve_frames)),
        (STUDY, "/thumbnail", &THUMBNAIL, get("thumbnail_study", thumbnail::retrieve)),
        (SERIES, "/thumbnail", &THUMBNAIL, get("thumbnail_series", thumbnail::retrieve)),
        (INSTANCE, "/thumbnail", &THUMBNAIL, get("thumbnail_instance", thumbnail::retrieve)),
        (INSTANCE, "/frames/{frames}/thumbnail", &THUMBNAIL, get("thumbnail_frame", thumbnail::retrieve)),
        (STUDY, MPR, &RENDERED_MPR, get("rendered_mpr_study", volume::rendered::mpr)),
        (SERIES, MPR, &RENDERED_MPR, get("rendered_mpr_series", volume::rendered::mpr)),
        (INSTANCE, MPR, &RENDERED_MPR, get("rendered_mpr_instance", volume::rendered::mpr)),
        (INSTANCE, MPR_OF_FRAMES, &RENDERED_MPR, get("rendered_mpr_frames", volume::rendered::mpr)),
        (STUDY, THREE_D, &RENDERED_3D, get("rendered_3d_study", volume::rendered::three_d)),
        (SERIES, THREE_D, &RENDERED_3D, get("rendered_3d_series", volume::rendered::three_d)),
        (INSTANCE, THREE_D, &RENDERED_3D, get("rendered_3d_instance", volume::rendered::three_d)),
        (INSTANCE, THREE_D_OF_FRAMES, &RENDERED_3D, get("rendered_3d_frames", volume::rendered::three_d)),
        (SERIES, "/slice", &SLICE, get("slice_series", volume::plane::slice)),
        (INSTANCE, "/slice", &SLICE, get("slice_instance", volume::plane::slice)),
        (SERIES, "/slice", &STORED_SLICE, post("store_slice_of_series", volume::plane::store_slice)),
        (INSTANCE, "/slice", &STORED_SLICE, post("store_slice_of_instance", volume::plane::store_slice)),
        (SERIES, "/projection", &PROJECTION, get("projection_series", volume::plane::projection)),
        (INSTANCE, "/projection", &PROJECTION, get("projection_instance", volume::plane::projection)),
        (
            SERIES,
            "/projection",
            &STORED_PROJECTION,
            post("store_projection_of_series", volume::plane::store_projection),
        ),
        (
            INSTANCE,
            "/projection",
            &STORED_PROJECTION,
            post("store_projection_of_instance", volume::plane::store_projection),
        ),
        (SERIES, "/scroll", &SCROLL, get("scroll_series", volume::scroll::open)),
        (INSTANCE, "/scroll", &SCROLL, get("scroll_instance", volume::scroll::open)),
        (SERIES, "/curve", &CURVED, get("curve_series", volume::curve::retrieve)),
        (INSTANCE, "/curve", &CURVED, get("curve_instance", volume::curve::retrieve)),
        (SERIES, "/reformat", &REFORMAT, get("reformat_series", volume::reformat::retrieve)),
        (INSTANCE, "/reformat", &REFORMAT, get("reformat_instance", volume::reformat::retrieve)),
        (SERIES, "/reformat", &STORED_REFORMAT, post("store_reformat_of_series", volume::reformat::store)),
        (INSTANCE, "/reformat", &STORED_REFORMAT, post("store_reformat_of_instance", volume::reformat::store)),
        (SERIES, "/histogram", &HISTOGRAM, get("histogram_series", volume::histogram::retrieve)),
        (INSTANCE, "/histogram", &HISTOGRAM, get("histogram_instance", volume::histogram::retrieve)),
        (SERIES, "/segmentation", &SEGMENTATION, get("segmentation_series", volume::segmentation::retrieve)),
        (INSTANCE, "/segmentation", &SEGMENTATION, get("segmentation_instance", volume::segmentation::retrieve)),
        (
            SERIES,
            "/segmentation",
            &STORED_SEGMENTATION,
            post("store_segmentation_of_series", volume::segmentation::store),
        ),
        (
            INSTANCE,
            "/segmentation",
            &STORED_SEGMENTATION,
            post("store_segmentation_of_instance", volume::segmentation::store),
        ),
        (INSTANCE, "/similar", &SIMILAR, json("similar_to_instance", similar::to_stored)),
        (INSTANCE, "/frames/{frames}/similar", &SIMILAR, json("similar_to_frame", similar::to_stored)),
        (ROOT, "/similar", &SIMILAR_SENT, post("similar_to_sent", similar::to_sent)),
        (INSTANCE, "/body-region", &BODY_REGION, get("body_region", similar::region::retrieve)),
        (INSTANCE, "/body-region", &BODY_REGION, put("put_body_region", similar::region::put)),
        (INSTANCE, "/body-region", &BODY_REGION, delete("reset_body_region", similar::region::reset)),
        (ROOT, "/body-parts", &BODY_PARTS, json("body_parts", similar::region::parts)),
        (ROOT, "/descriptors", &DESCRIPTORS, get("descriptors", similar::descriptors::state)),
        (ROOT, "/descriptors/rebuild", &DESCRIPTORS, post("rebuild_descriptors", similar::descriptors::rebuild)),
        (ROOT, "/wado", &WADO_URI, get("wado_uri", wado_uri::retrieve)),
        (STUDY, "", &DELETE, delete("delete_study", delete::object)),
        (SERIES, "", &DELETE, delete("delete_series", delete::object)),
        (INSTANCE, "", &DELETE, delete("delete_instance", delete::object)),
        (SCHEDULED, "", &SEARCH_STEPS, json("search_scheduled_steps", worklist::search)),
        (SCHEDULED, "", &SCHEDULE, post("schedule", worklist::put)),
        (SCHEDULED, "/{study}/{step}", &UNSCHEDULE, delete("unschedule", worklist::remove)),
        (PERFORMED, "", &CREATE_STEP, post("create_performed_step", performed::create)),
        (PERFORMED, "/update", &UPDATE_STEP, post("update_performed_step", performed::update)),
        (PERFORMED, "", &STEP, json("performed_step", performed::retrieve)),
        (COMMITMENT, "", &COMMIT, post("request_commitment", commitment::request)),
        (COMMITMENT, "", &COMMITTED, json("check_commitment", commitment::check)),
        (ROOT, "/jobs", &JOBS, json("jobs", jobs::list)),
        (ROOT, "/jobs/retry", &JOB, post("retry_failed_jobs", jobs::retry_failed)),
        (ROOT, "/jobs/{job}", &JOB, get("job", jobs::one)),
        (ROOT, "/jobs/{job}", &JOB, delete("cancel_job", jobs::cancel)),
        (ROOT, "/jobs/{job}/retry", &JOB, post("retry_job", jobs::retry)),
        (ROOT, ENTITIES, &APPLICATION_ENTITIES, get("application_entities", application_entities::list)),
        (ENTITIES, "/{title}", &APPLICATION_ENTITIES, get("application_entity", application_entities::one)),
        (ENTITIES, "/{title}", &APPLICATION_ENTITIES, put("put_application_entity", application_entities::put)),
        (
            ENTITIES,
            "/{title}",
            &APPLICATION_ENTITIES,
            delete("remove_application_entity", application_entities::remove),
        ),
        (ROOT, "/forwarding-rules", &FORWARDING, get("forwarding_rules", forwarding::list)),
        (ROOT, "/forwarding-rules", &FORWARDING, post("add_forwarding_rule", forwarding::add)),
        (ROOT, "/forwarding-rules/{rule}", &FORWARDING, delete("remove_forwarding_rule", forwarding::remove)),
        (ROOT, "", &CAPABILITIES, options("capabilities", capabilities::retrieve)),
        (ROOT, "/", &CAPABILITIES, options("capabilities_of_base", capabilities::retrieve)),
        (ROOT, "/openapi.json", &CAPABILITIES, get("openapi", capabilities::openapi)),
        // What comes later.
        (ROOT, OTHER_SERVICES, &UNBUILT, any("unbuilt", unbuilt::service)), // §8.10, §11, §12
    ]
}

/// Everything that can be asked of this server, in the order of the table of routes.
pub fn operations() -> Vec<Operation> {
    let built = table().into_iter().filter(|(_, _, kind, _)| **kind != UNBUILT);
    let mut operations: Vec<Operation> =
        built.map(|(level, rest, kind, endpoint)| endpoint.described(plain(&format!("{level}{rest}")), kind)).collect();
    let example = example().described(EXAMPLES.to_owned(), &SIMILAR_SENT);
    let place = operations.iter().rposition(|operation| *operation.kind == SIMILAR_SENT).map_or(0, |place| place + 1);
    operations.insert(place, Operation { at_root: true, ..example });
    operations
}

/// What is mounted at [`EXAMPLES`].
fn example() -> Endpoint {
    post("similar_to_example", similar::to_sent)
}

/// A path as a URI template: without patterns, and with the words that have no case as the Standard writes them.
fn plain(path: &str) -> String {
    path.replace(":.+}", "}").replace("{resource:(?i:", "").replace(")}", "")
}

/// Mounts the DICOMweb service at [`PREFIX`]. Needs `web::Data<archive::Archive>`.
///
/// A path without a pattern is found by comparing it, and a level by one pattern for all that is below it. The others,
/// which are asked for less often, are tried last.
pub fn routes(config: &mut web::ServiceConfig, settings: Settings) {
    let (mut texts, mut patterns) = (Vec::new(), Vec::new());
    let mut levels = [INSTANCE, SERIES, STUDY].map(|level| (level, Vec::new()));
    for (level, rest, endpoints) in resources() {
        let path = format!("{level}{rest}");
        match levels.iter_mut().find(|(of, _)| *of == level) {
            Some((_, below)) => below.push((rest.to_owned(), endpoints)),
            None if path.contains('{') => patterns.push((path, endpoints)),
            None => texts.push((path, endpoints)),
        }
    }
    let empty = |path| web::scope(path).default_service(any("nothing", unbuilt::nothing).route);
    let levels = levels.map(|(level, below)| mounted(empty(level), below));
    let scope = levels.into_iter().fold(mounted(empty(PREFIX), texts), Scope::service);
    let scope = mounted(scope, patterns).wrap(cors::policy(&settings.cors_origins));
    let examples = resource("", vec![example()]);
    let examples = web::scope(EXAMPLES).service(examples).wrap(cors::policy(&settings.cors_origins));
    config.app_data(web::Data::new(settings)).service(scope).service(examples);
}

/// The table with all methods of a path in one row.
fn resources() -> Vec<(&'static str, &'static str, Vec<Endpoint>)> {
    let mut resources: Vec<(&str, &str, Vec<Endpoint>)> = Vec::new();
    for (level, rest, _, endpoint) in table() {
        match resources.iter_mut().find(|known| (known.0, known.1) == (level, rest)) {
            Some((_, _, endpoints)) => endpoints.push(endpoint),
            None => resources.push((level, rest, vec![endpoint])),
        }
    }
    resources
}

fn mounted(scope: Scope, resources: Vec<(String, Vec<Endpoint>)>) -> Scope {
    resources.into_iter().fold(scope, |scope, (path, endpoints)| scope.service(resource(&path, endpoints)))
}

/// One path with its methods; OPTIONS names them (RFC 9110 §9.3.7), as 405 does to any other.
fn resource(path: &str, endpoints: Vec<Endpoint>) -> impl HttpServiceFactory + use<> {
    let mut allowed: Vec<&str> = endpoints.iter().map(|endpoint| endpoint.verb.names()).collect();
    if !endpoints.iter().any(|endpoint| endpoint.verb == Verb::Options) {
        allowed.push(Verb::Options.names());
    }
    let allowed = allowed.join(", ");
    let refuse = move |method: Method| {
        let allowed = allowed.clone();
        async move {
            match method {
                Method::OPTIONS => Ok(HttpResponse::NoContent().insert_header((ALLOW, allowed)).finish()),
                _ => Err(Failure::MethodNotAllowed(allowed)),
            }
        }
    };
    let resource = endpoints.into_iter().fold(Resource::new(path), |resource, endpoint| resource.route(endpoint.route));
    resource.default_service(web::route().to(refuse))
}

/// A method with its handler.
struct Endpoint {
    verb: Verb,
    operation: &'static str,
    route: Route,
}

impl Endpoint {
    fn described(&self, path: String, kind: &'static Kind) -> Operation {
        Operation { name: self.operation, methods: self.verb.names(), path, at_root: false, kind }
    }
}

/// The methods of one route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Get,
    Post,
    Put,
    Delete,
    Options,
    Any,
}

impl Verb {
    fn names(self) -> &'static str {
        match self {
            Verb::Get => "GET, HEAD",
            Verb::Post => "POST",
            Verb::Put => "PUT",
            Verb::Delete => "DELETE",
            Verb::Options => "OPTIONS",
            Verb::Any => "any",
        }
    }

    fn covers(self, method: &Method) -> bool {
        match self {
            Verb::Get => method == Method::GET || method == Method::HEAD,
            Verb::Post => method == Method::POST,
            Verb::Put => method == Method::PUT,
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
fn counted(verb: Verb, operation: &'static str, route: Route) -> Endpoint {
    let route = route.wrap(from_fn(move |request: ServiceRequest, next| measured(operation, request, next)));
    Endpoint { verb, operation, route }
}

/// GET and HEAD of text, compressed for a client that wants it.
fn json<F, Args>(operation: &'static str, handler: F) -> Endpoint
where
    F: Handler<Args>,
    Args: FromRequest + 'static,
    F::Output: Responder + 'static,
{
    counted(Verb::Get, operation, web::route().guard(Verb::Get).to(handler).wrap(Compress::default()))
}

macro_rules! method {
    ($name:ident, $verb:expr) => {
        fn $name<F, Args>(operation: &'static str, handler: F) -> Endpoint
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
method!(put, Verb::Put);
method!(delete, Verb::Delete);
method!(options, Verb::Options);
method!(any, Verb::Any);
