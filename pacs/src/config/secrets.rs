//! What must not be read in a libpq connection string (PostgreSQL's manual, §34.1.1): a URI, or `key = value` pairs.

/// What stands in place of a secret.
const HIDDEN: &str = "********";
/// Parameters that are secrets.
const SECRETS: [&str; 5] = ["password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key"];

/// The same string without its secrets. What is no connection string at all is hidden rather than shown.
pub fn hide(text: &str) -> String {
    match text.split_once("://") {
        Some((scheme, rest)) if scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()) => in_uri(scheme, rest),
        _ => in_pairs(text),
    }
}

/// `scheme://user:password@host/database?key=value&key=value`.
fn in_uri(scheme: &str, rest: &str) -> String {
    // As libpq does it: credentials end before the first slash. A password that should have been encoded is hidden too.
    let last_at = |end: Option<usize>| rest[..end.unwrap_or(rest.len())].rfind('@');
    let end = last_at(rest.find('/')).or_else(|| last_at(rest.find('?'))).unwrap_or(0);
    let (credentials, place) = rest.split_at(end);
    let credentials = match credentials.split_once(':') {
        Some((user, _)) => format!("{user}:{HIDDEN}"),
        None => credentials.to_owned(),
    };
    let (place, parameters) = place.split_once('?').map_or((place, None), |(place, all)| (place, Some(all)));
    let shown = |pair: &str| match pair.split_once('=') {
        // A key that is encoded may be any.
        Some((key, _)) if is_secret(key) || key.contains('%') => format!("{key}={HIDDEN}"),
        Some(_) => pair.to_owned(),
        // What follows an ampersand that should have been encoded.
        None => HIDDEN.to_owned(),
    };
    let parameters = parameters.map(|all| all.split('&').map(shown).collect::<Vec<_>>().join("&"));
    let parameters = parameters.map_or_else(String::new, |all| format!("?{all}"));
    format!("{scheme}://{credentials}{place}{parameters}")
}

/// `key = value key='a \'quoted\' value'`.
fn in_pairs(text: &str) -> String {
    let (mut shown, mut rest) = (String::new(), text);
    while let Some((key, after)) = rest.split_once('=') {
        let value = after.trim_start();
        let blanks = &after[..after.len() - value.len()];
        let (value, after) = value.split_at(length_of_value(value));
        let value = if is_secret(key.trim()) { HIDDEN } else { value };
        shown.extend([key, "=", blanks, value]);
        rest = after;
    }
    shown + if rest.trim().is_empty() { rest } else { HIDDEN }
}

/// Up to a blank, or to the closing quote. A backslash takes its meaning from the character after it.
fn length_of_value(text: &str) -> usize {
    let quoted = text.starts_with('\'');
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(usize::from(quoted)) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '\'' if quoted => return at + 1,
            blank if !quoted && blank.is_whitespace() => return at,
            _ => {}
        }
    }
    text.len()
}

fn is_secret(key: &str) -> bool {
    SECRETS.iter().any(|secret| secret.eq_ignore_ascii_case(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_what_is_no_secret_as_it_is() {
        for plain in [
            "",
            "postgresql:///index",
            "postgresql://pacs@db:5432/x?sslmode=require",
            "host=db port = 5432 dbname='my archive' ",
        ] {
            assert_eq!(hide(plain), plain);
        }
    }

    #[test]
    fn hides_the_password_of_a_uri_wherever_it_stands() {
        for (url, shown) in [
            ("postgresql://pacs:s3:cr@t@db/x", "postgresql://pacs:********@db/x"),
            ("postgresql://pacs:s3cr/et@db/x", "postgresql://pacs:********@db/x"),
            ("postgresql://pacs:s3?cret@db", "postgresql://pacs:********@db"),
            (
                "postgresql://db/x?user=pacs&password=s3cret&a=b&sslpassword=s3cret",
                "postgresql://db/x?user=pacs&password=********&a=b&sslpassword=********",
            ),
            ("postgresql://db/x?user=a:b&password=s3@cret", "postgresql://db/x?user=a:b&password=********"),
            ("postgresql://db/x?password=s3&cret", "postgresql://db/x?password=********&********"),
            ("postgresql://db/x?pass%77ord=s3cret", "postgresql://db/x?pass%77ord=********"),
            ("postgres://u:s3cret@db/x?password=s3cret", "postgres://u:********@db/x?password=********"),
        ] {
            assert_eq!(hide(url), shown);
        }
    }

    #[test]
    fn hides_every_password_among_pairs() {
        for (pairs, shown) in [
            ("host=db password=s3cret dbname=x", "host=db password=******** dbname=x"),
            ("password = s3cret host=db", "password = ******** host=db"),
            ("password='s3 \\'cret' host=db", "password=******** host=db"),
            ("password=s3\\ cret host=db", "password=******** host=db"),
            ("sslpassword= 's3cret'\tpassword\n=\ns3cret", "sslpassword= ********\tpassword\n=\n********"),
            ("application_name='password=s3' password='cret", "application_name='password=s3' password=********"),
            ("host=db password s3cret", "host=db********"),
        ] {
            assert_eq!(hide(pairs), shown);
        }
    }
}
