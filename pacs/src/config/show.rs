//! The effective configuration as TOML, with secrets hidden.

use super::{Config, secrets};

/// The configuration as a TOML file, secrets of database URLs hidden.
pub fn show(config: &Config) -> String {
    let mut shown = config.clone();
    shown.database.index_url = secrets::hide(&shown.database.index_url);
    shown.database.identity_url = secrets::hide(&shown.database.identity_url);
    toml::to_string_pretty(&shown).expect("a configuration is a TOML table")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_shows_can_be_read_again() {
        let text = show(&Config::default());
        assert_eq!(toml::from_str::<Config>(&text).expect("TOML"), Config::default());
    }
}
