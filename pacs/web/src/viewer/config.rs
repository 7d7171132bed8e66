//! OHIF's configuration: one data source, this server.

use serde_json::json;

/// The script that OHIF loads before itself.
pub(super) fn script() -> String {
    let config = json!({
        "name": "pacs",
        "routerBasename": "/viewer/",
        "extensions": [],
        "modes": [],
        "customizationService": {},
        "showStudyList": true,
        "maxNumberOfWebWorkers": 3,
        "showWarningMessageForCrossOrigin": false,
        "showCPUFallbackMessage": false,
        "showLoadingIndicator": true,
        "strictZSpacingForVolumeViewport": true,
        "investigationalUseDialog": { "option": "never" },
        "maxNumRequests": { "interaction": 100, "thumbnail": 20, "prefetch": 25 },
        "defaultDataSourceName": "dicomweb",
        "dataSources": [{
            "namespace": "@ohif/extension-default.dataSourcesModule.dicomweb",
            "sourceName": "dicomweb",
            "configuration": {
                "friendlyName": "This gateway",
                "name": "pacs",
                "wadoUriRoot": "/dicom-web",
                "qidoRoot": "/dicom-web",
                "wadoRoot": "/dicom-web",
                "qidoSupportsIncludeField": true,
                "imageRendering": "wadors",
                "thumbnailRendering": "wadors",
                "enableStudyLazyLoad": true,
                "supportsFuzzyMatching": true,
                "supportsWildcard": true,
                "supportsReject": false,
                "dicomUploadEnabled": true,
                "singlepart": "bulkdata,video,pdf",
                "omitQuotationForMultipartRequest": true,
                "bulkDataURI": { "enabled": true, "relativeResolution": "studies" },
            },
        }],
    });
    // The part that is not data: a session that ended leads to the log-in page and back.
    format!(
        "window.config = {config:#};\n\
         window.config.httpErrorHandler = function (error) {{\n  \
           if (error && error.status === 401) {{\n    \
             window.location.assign('/login?next=' + encodeURIComponent(location.pathname + location.search));\n  \
           }}\n\
         }};\n"
    )
}
