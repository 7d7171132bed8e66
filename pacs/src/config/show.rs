//! The effective configuration as TOML, with secrets hidden.

use super::Config;

/// What stands in place of a secret.
const HIDDEN: &str = "********";

/// The configuration as a TOML file, passwords of database URLs hidden.
pub fn show(config: &Config) -> String {
    let mut shown = config.clone();
    shown.database.index_url = without_password(&shown.database.index_url);
    shown.database.identity_url = without_password(&shown.database.identity_url);
    toml::to_string_pretty(&shown).expect("a configuration is a TOML table")
}

/// Hides the password of `scheme://user:password@host`, of `?password=…`, and of `password=…` in key-value form.
fn without_password(url: &str) -> String {
    let mut shown = url.to_owned();
    if let Some((scheme, rest)) = url.split_once("://")
        && let Some((user, host)) = rest.rsplit_once('@')
        && let Some((name, _)) = user.split_once(':')
    {
        shown = format!("{scheme}://{name}:{HIDDEN}@{host}");
    }
    let Some(start) = shown.find("password=").map(|at| at + "password=".len()) else { return shown };
    let end = shown[start..].find(['&', ' ']).map_or(shown.len(), |length| start + length);
    shown.replace_range(start..end, HIDDEN);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hides_the_password_of_a_database_url() {
        assert_eq!(without_password("postgresql://pacs:s3:cr@t@db/x"), "postgresql://pacs:********@db/x");
        assert_eq!(
            without_password("postgresql://db/x?user=pacs&password=secret&a=b"),
            "postgresql://db/x?user=pacs&password=********&a=b"
        );
        assert_eq!(without_password("host=db password=secret dbname=x"), "host=db password=******** dbname=x");
        assert_eq!(without_password("postgresql:///index"), "postgresql:///index");
    }

    #[test]
    fn what_it_shows_can_be_read_again() {
        let text = show(&Config::default());
        assert_eq!(toml::from_str::<Config>(&text).expect("TOML"), Config::default());
    }
}
