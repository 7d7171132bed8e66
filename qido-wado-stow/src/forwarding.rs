//! Forwarding rules, for administrators: what is sent on as it is stored, to other application entities or web servers.
//! Not in the Standard.

use actix_web::{HttpRequest, HttpResponse, web};
use archive::forward::{Destination, ForwardingRule, RuleError, WebCredential};
use archive::{AeTitle, Right, Uid};
use serde::{Deserialize, Serialize};

use crate::Failure;
use crate::asked::Asked;

/// A rule as JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Rule {
    name: String,
    to: Destination,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<AeTitle>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    modality: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sop_class: Option<Uid>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    attributes: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    transfer_syntax: Option<Uid>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    deidentify: bool,
    /// A name with a password, or a token, for a web server. No answer has them.
    #[serde(default, skip_serializing)]
    user: Option<String>,
    #[serde(default, skip_serializing)]
    password: Option<String>,
    #[serde(default, skip_serializing)]
    token: Option<String>,
}

/// All rules, by name.
pub(crate) async fn list(asked: Asked) -> Result<HttpResponse, Failure> {
    asked.archive.permit(&asked.actor, Right::Administer)?;
    let rules = asked.archive.forwarding_rules().await?;
    Ok(HttpResponse::Ok().json(rules.into_iter().map(Rule::from).collect::<Vec<_>>()))
}

/// Adds a rule: 201; 409 when there is one of its name.
pub(crate) async fn add(asked: Asked, body: web::Bytes) -> Result<HttpResponse, Failure> {
    asked.archive.permit(&asked.actor, Right::Administer)?;
    let rule: Rule = serde_json::from_slice(&body).map_err(|error| Failure::BadRequest(error.to_string()))?;
    let credential = rule.credential()?;
    asked.archive.add_forwarding_rule(&asked.actor.name, &rule.into(), credential.as_ref()).await?;
    Ok(HttpResponse::Created().finish())
}

/// Removes a rule: 204.
pub(crate) async fn remove(asked: Asked) -> Result<HttpResponse, Failure> {
    asked.archive.permit(&asked.actor, Right::Administer)?;
    asked.archive.remove_forwarding_rule(&asked.actor.name, &name(&asked.request)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn name(request: &HttpRequest) -> Result<String, Failure> {
    let text = request.match_info().get("rule").unwrap_or_default();
    let decoded = percent_encoding::percent_decode_str(text).decode_utf8();
    decoded.map(|name| name.into_owned()).map_err(|_| Failure::BadRequest("the name of the rule is not UTF-8".into()))
}

impl From<RuleError> for Failure {
    fn from(error: RuleError) -> Self {
        match error {
            RuleError::Archive(error) => error.into(),
            RuleError::Duplicate(_) => Self::Conflict(error.to_string()),
        }
    }
}

impl Rule {
    fn credential(&self) -> Result<Option<WebCredential>, Failure> {
        Ok(match (&self.user, &self.password, &self.token) {
            (None, None, None) => None,
            (Some(user), Some(password), None) => Some(WebCredential::basic(user, password)?),
            (None, None, Some(token)) => Some(WebCredential::bearer(token)?),
            _ => return Err(Failure::BadRequest("a user goes with a password, and a token with neither".into())),
        })
    }
}

impl From<Rule> for ForwardingRule {
    fn from(rule: Rule) -> Self {
        Self {
            name: rule.name,
            source: rule.from,
            modality: rule.modality,
            sop_class: rule.sop_class,
            attributes: rule.attributes,
            destination: rule.to,
            transfer_syntax: rule.transfer_syntax,
            deidentified: rule.deidentify,
        }
    }
}

impl From<ForwardingRule> for Rule {
    fn from(rule: ForwardingRule) -> Self {
        Self {
            name: rule.name,
            to: rule.destination,
            from: rule.source,
            modality: rule.modality,
            sop_class: rule.sop_class,
            attributes: rule.attributes,
            transfer_syntax: rule.transfer_syntax,
            deidentify: rule.deidentified,
            user: None,
            password: None,
            token: None,
        }
    }
}
