use super::*;
use clap::{CommandFactory, Parser};
use std::collections::HashMap;

#[derive(Debug, Parser)]
struct Line {
    #[command(flatten)]
    server: ServerArgs,
    #[command(flatten)]
    logs: LogArgs,
}

/// The configuration of a file, variables and flags.
fn read(file: &str, variables: &[(&str, &str)], flags: &str) -> Result<Config, ConfigError> {
    let folder = tempfile::tempdir().expect("folder");
    if !file.is_empty() {
        std::fs::write(folder.path().join(FILE), file).expect("file");
    }
    read_in(folder.path(), variables, flags)
}

fn read_in(folder: &Path, variables: &[(&str, &str)], flags: &str) -> Result<Config, ConfigError> {
    let line = Line::try_parse_from(["guerdon"].into_iter().chain(flags.split_whitespace())).expect("flags");
    let variables: HashMap<&str, &str> = variables.iter().copied().collect();
    Config::read(&Sources {
        flags: vec![
            Figment::from(Serialized::globals(&line.server)),
            Figment::from(Serialized::globals(&line.logs)),
        ],
        file: line.server.store.config.as_deref(),
        env: &|name| variables.get(name).map(|value| (*value).to_owned()),
        folder,
    })
}

/// What a configuration says of a key, as text.
fn value(config: &Config, key: &str) -> String {
    let secret = |secret: &Option<Secret>| secret.as_ref().map(|s| s.expose().to_owned()).unwrap_or_default();
    match key {
        "listen" => config.listen.clone(),
        "data" => config.data.display().to_string(),
        "database_url" => secret(&config.database_url),
        "connections" => config.connections.to_string(),
        "log" => config.log.clone().unwrap_or_default(),
        "log_format" => format!("{:?}", config.log_format).to_lowercase(),
        "admin_key" => secret(&config.admin_key),
        "secret_key" => secret(&config.secret_key),
        "model_url" => config.model_url.clone().unwrap_or_default(),
        "model_name" => config.model_name.clone().unwrap_or_default(),
        "model_key" => secret(&config.model_key),
        "model_timeout_seconds" => {
            config.model_timeout_seconds.map(|seconds| seconds.to_string()).unwrap_or_default()
        }
        "clock" => config.clock.map(|clock| clock.to_string()).unwrap_or_default(),
        "body_limit" => config.body_limit.to_string(),
        other => panic!("no such key: {other}"),
    }
}

/// Keys that seal secrets.
const FILE_KEY: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const ENV_KEY: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const FLAG_KEY: &str = "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc";

/// Key, default, and a value each of the file, the environment and a flag.
const TABLE: [(&str, &str, &str, &str, &str); 14] = [
    ("listen", "127.0.0.1:8080", "127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"),
    ("data", "./guerdon-data", "/file", "/env", "/flag"),
    ("database_url", "", "postgres://file/a", "postgres://env/a", "postgres://flag/a"),
    ("connections", "16", "1", "2", "3"),
    ("log", "", "debug", "trace", "error"),
    ("log_format", "text", "json", "text", "json"),
    ("admin_key", "", "gk_file", "gk_env", "gk_flag"),
    ("secret_key", "", FILE_KEY, ENV_KEY, FLAG_KEY),
    ("model_url", "", "http://file/v1", "http://env/v1", "http://flag/v1"),
    ("model_name", "", "file-1", "env-1", "flag-1"),
    ("model_key", "", "sk_file", "sk_env", "sk_flag"),
    ("model_timeout_seconds", "", "10", "11", "12"),
    ("clock", "", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"),
    ("body_limit", "1048576", "1000", "2000", "3000"),
];

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    for (key, default, file, env, flag) in TABLE {
        let quoted = if file.parse::<u64>().is_ok() { file.to_owned() } else { format!("{file:?}") };
        let file_text = format!("{key} = {quoted}");
        let variable = environment::variable(key);
        let variables = [(variable.as_str(), env)];
        let flags = format!("--{} {flag}", key.replace('_', "-"));
        for (expected, config) in [
            (default, read("", &[], "")),
            (file, read(&file_text, &[], "")),
            (env, read(&file_text, &variables, "")),
            (flag, read(&file_text, &variables, &flags)),
            (flag, read("", &[], &flags)),
            (env, read("", &variables, "")),
        ] {
            assert_eq!(value(&config.expect(key), key), expected, "{key}");
        }
    }
}

#[test]
fn every_variable_stands_in_the_help_of_its_flag() {
    let mut line = Line::command();
    let help = line.render_long_help().to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    for (key, ..) in environment::KEYS {
        assert!(TABLE.iter().any(|(tested, ..)| *tested == key), "{key} is not tested");
        assert!(help.contains(&format!("[env: {}]", environment::variable(key))), "{key} is not in the help");
    }
}

#[test]
fn a_key_that_nobody_reads_is_an_error_that_names_it() {
    for (file, key) in [
        ("lisen = \"127.0.0.1:1\"", "lisen"),
        ("[jwt]\nissuer = []", "jwt.issuer"),
        ("[[jwt.issuers]]\nissuer = \"x\"\nsecrt = \"y\"", "jwt.issuers.0.secrt"),
    ] {
        let error = read(file, &[], "").expect_err(file);
        let told = error.to_string();
        assert!(told.contains(FILE) && told.contains(&format!("{key:?}")), "{file}: {told}");
        assert!(error.hint().is_some_and(|hint| hint.starts_with("the keys are ")), "{file}");
    }
}

#[test]
fn a_value_that_cannot_be_is_an_error_that_says_where_it_stands() {
    for (file, variables, told) in [
        ("connections = \"many\"", &[][..], "guerdon.toml, connections"),
        ("", &[("GUERDON_CONNECTIONS", "many")], "GUERDON_CONNECTIONS"),
        ("", &[("GUERDON_CLOCK", "yesterday")], "GUERDON_CLOCK"),
        ("log_format = \"xml\"", &[], "log_format"),
        ("connections = 0", &[], "connections must be at least 1"),
        ("", &[("GUERDON_SECRET_KEY", "hush")], "secret_key must be 64 hexadecimal digits"),
        ("listen = ", &[], "guerdon.toml"),
    ] {
        let error = read(file, variables, "").expect_err(told).to_string();
        assert!(error.contains(told), "{error}");
    }
}

#[test]
fn an_empty_variable_is_not_set() {
    let config = read("", &[("GUERDON_DATABASE_URL", "")], "").expect("config");
    assert!(config.database_url.is_none());
}

#[test]
fn a_file_that_is_named_must_be_there() {
    let folder = tempfile::tempdir().expect("folder");
    let path = folder.path().join("other.toml");
    let flags = format!("--config {}", path.display());
    assert!(matches!(read_in(folder.path(), &[], &flags), Err(ConfigError::NoFile(_))));
    std::fs::write(&path, "connections = 7").expect("file");
    assert_eq!(read_in(folder.path(), &[], &flags).expect("config").connections, 7);
    let variable = path.display().to_string();
    let config = read_in(folder.path(), &[("GUERDON_CONFIG", &variable)], "").expect("config");
    assert_eq!(config.connections, 7);
}

#[test]
fn issuers_of_jwts_are_tables() {
    let file = "[[jwt.issuers]]\nissuer = \"https://id.example\"\njwks_url = \"https://id.example/keys\"\n
        [[jwt.issuers]]\nissuer = \"dev\"\nsecret = \"0123456789012345678901234567890123456789\"\nplatform = true";
    let config = read(file, &[], "").expect("config");
    let issuers: Vec<&str> = config.jwt.issuers.iter().map(|issuer| issuer.issuer.as_str()).collect();
    assert_eq!(issuers, ["https://id.example", "dev"]);
}
