//! Configuration: what is accepted, and how mistakes are shown.

use expect_test::{Expect, expect, expect_file};
use miette::{GraphicalReportHandler, GraphicalTheme};

use super::{Config, reference, reference::SECTIONS};

fn check(text: &str, expected: Expect) {
    let error = Config::parse("sallyport.toml", text).unwrap_err();
    let mut shown = String::new();
    GraphicalReportHandler::new_themed(GraphicalTheme::none())
        .render_report(&mut shown, &error)
        .unwrap();
    // The first line has no indentation, so that the others keep theirs.
    expected.assert_eq(&format!("error\n{shown}"));
}

#[test]
fn unknown_key() {
    check(
        "[http]\nprot = 80\n",
        expect![[r#"
        error
          x unknown field `prot`, expected one of `enabled`, `host`, `port`
           ,-[sallyport.toml:2:1]
         1 | [http]
         2 | prot = 80
           : ^^|^
           :   `-- here
           `----
          help: did you mean `port`?
    "#]],
    );
}

#[test]
fn unknown_section() {
    check(
        "[htps]\nport = 80\n",
        expect![[r#"
            error
              x unknown field `htps`, expected one of `http`, `https`, `login`, `oidc`, `saml`, `cert`, `apps`, `cors`, `dev`, `audit`, `secrets`, `plugin`, `node`, `log`
               ,-[sallyport.toml:1:2]
             1 | [htps]
               :  ^^|^
               :    `-- here
             2 | port = 80
               `----
              help: did you mean `https`?
        "#]],
    );
}

#[test]
fn number_out_of_bounds() {
    check(
        "[apps]\nconcurrent = 0\n",
        expect![[r#"
        error
          x `0` is not between 1 and 1024
           ,-[sallyport.toml:2:14]
         1 | [apps]
         2 | concurrent = 0
           :              |
           :              `-- here
           `----
    "#]],
    );
}

#[test]
fn lone_cert() {
    check(
        "[https]\ncert = \"a.pem\"\n",
        expect![[r#"
        error
          x `cert` and `key` belong together; give both or neither
           ,-[sallyport.toml:1:1]
         1 | [https]
           : ^^^|^^^
           :    `-- here
         2 | cert = "a.pem"
           `----
    "#]],
    );
}

#[test]
fn period_without_unit() {
    check(
        "[login]\nsession_idle = \"30\"\n",
        expect![[r#"
        error
          x `30` is not a length of time; write for example "30m", "8h" or "7d"
           ,-[sallyport.toml:2:16]
         1 | [login]
         2 | session_idle = "30"
           :                ^^|^
           :                  `-- here
           `----
    "#]],
    );
}

#[test]
fn plugin_settings() {
    let text = "[plugin.\"store.in\"]\ndb_connection = \"sqlite:a\"\n[plugin.\"store.in#work\"]\n[plugin.\"http.in#x\"]\n";
    let config = Config::parse("sallyport.toml", text).unwrap();
    let names: Vec<&String> = config.plugin.blocks().keys().collect();
    assert_eq!(names, ["http.in#x", "store.in", "store.in#work"]);
    let again = toml::to_string(&config).unwrap();
    let again = Config::parse("again", &again).unwrap();
    assert_eq!(again.plugin.blocks(), config.plugin.blocks());
}

#[test]
fn unknown_plugin() {
    check(
        "[plugin.\"stor.in\"]\ndb_connection = \"a\"\n",
        expect![[r#"
            error
              x unknown plugin `stor.in`, expected one of `store.in`, `fs.in`, `http.in`, `exec.in`, `proxy.in`, `container.in`, `openrun.in`
               ,-[sallyport.toml:1:9]
             1 | [plugin."stor.in"]
               :         ^^^^|^^^^
               :             `-- here
             2 | db_connection = "a"
               `----
              help: did you mean `store.in`?
        "#]],
    );
}

#[test]
fn unknown_setting_of_a_plugin() {
    check(
        "[plugin.\"store.in#work\"]\ndb_conection = \"a\"\n",
        expect![[r#"
            error
              x unknown field `db_conection`, expected `db_connection` or `password_file`
               ,-[sallyport.toml:2:1]
             1 | [plugin."store.in#work"]
             2 | db_conection = "a"
               : ^^^^^^|^^^^^
               :       `-- here
               `----
              help: did you mean `db_connection`?
        "#]],
    );
}

#[test]
fn connection_of_no_known_kind() {
    check(
        "[plugin.\"store.in\"]\ndb_connection = \"mysql://db\"\n",
        expect![[r#"
            error
              x `db_connection` cannot be used: it begins neither with sqlite: nor with postgres://
               ,-[sallyport.toml:2:17]
             1 | [plugin."store.in"]
             2 | db_connection = "mysql://db"
               :                 ^^^^^^|^^^^^
               :                       `-- here
               `----
        "#]],
    );
}

#[test]
fn account_without_a_name() {
    check(
        "[plugin.\"store.in#\"]\n",
        expect![[r#"
        error
          x `store.in#` names no account; write letters, digits and . _ - after `#`
           ,-[sallyport.toml:1:9]
         1 | [plugin."store.in#"]
           :         ^^^^^|^^^^^
           :              `-- here
           `----
    "#]],
    );
}

#[test]
fn setting_of_another_kind() {
    check(
        "[plugin.\"store.in\"]\ndb_connection = 3\n",
        expect![[r#"
        error
          x invalid type: integer `3`, expected a string
           ,-[sallyport.toml:2:17]
         1 | [plugin."store.in"]
         2 | db_connection = 3
           :                 |
           :                 `-- here
           `----
    "#]],
    );
}

#[test]
fn defaults_are_as_documented() {
    let text: String = SECTIONS
        .iter()
        // Tables of single apps have no defaults.
        .filter(|(name, ..)| !name.contains('.'))
        .map(|(name, _, fields)| {
            let keys: String = fields
                .iter()
                .filter(|field| !field.default.is_empty())
                .map(|field| format!("{} = {}\n", field.key, field.default))
                .collect();
            format!("[{name}]\n{keys}\n")
        })
        .collect();
    let documented = Config::parse("reference", &text).unwrap();
    assert_eq!(
        toml::to_string(&documented).unwrap(),
        toml::to_string(&Config::default()).unwrap()
    );
    assert_eq!(
        text.trim(),
        toml::to_string(&Config::default()).unwrap().trim()
    );
}

#[test]
fn single_apps_have_tables_of_their_own() {
    let text = "[apps]\nconcurrent = 2\n[apps.limits.\"/notes\"]\nrequest_body = 10\n[apps.limits.\"a.example:/x\"]\nhandler_ms = 20\n\
        [apps.edge.\"/notes\"]\nheaders_level = 5\ncompression = false\n[apps.edge.\"/notes\".cors]\nallow_origins = [\"https://a.example\"]\n";
    let config = Config::parse("test", text).unwrap();
    let (notes, other) = ("/notes".parse().unwrap(), "/other".parse().unwrap());
    assert_eq!(config.apps.request_body(&notes), 10);
    assert_eq!(config.apps.request_body(&other), 8 << 20);
    let own = config.apps.own_limits();
    assert_eq!(own["/notes"].request_body, 10);
    assert_eq!(own["/notes"].concurrent, 2);
    assert_eq!(own["a.example:/x"].handler.as_millis(), 20);
    let edge = config.edge(&notes);
    assert_eq!((edge.headers_level, edge.compression), (5, None));
    assert_ne!(edge.cors.origins, config.edge(&other).cors.origins);
    assert_eq!(config.edge(&other).compression, Some(5));
    assert_eq!(
        config.hash(),
        Config::parse("test", &toml::to_string(&config).unwrap())
            .unwrap()
            .hash()
    );
    assert_ne!(config.hash(), Config::default().hash());
}

#[test]
fn providers_are_read_whole() {
    let text = "[login]\norigin = \"https://auth.example.com\"\ndefault_provider = \"corp\"\n\
        [oidc.corp]\npreset = \"entra\"\nissuer = \"https://login.microsoftonline.com/t/v2.0\"\nclient_id = \"gw\"\n\
        client_secret_file = \"secret\"\ndefault_groups = [\"local:users\"]\ngroup_map = { ops = [\"local:admins\"] }\n\
        [saml.idp]\nmetadata_url = \"https://idp.example.com/metadata\"\nbinding = \"post\"\n\
        [cert.machines]\nca = \"ca.pem\"\nidentity = \"dns\"\n";
    let config = Config::parse("test", text).unwrap();
    assert_eq!(config.oidc["corp"].refresh.duration().as_secs(), 900);
    assert_eq!(config.saml["idp"].groups_attribute, "groups");
    let again = Config::parse("test", &toml::to_string(&config).unwrap()).unwrap();
    assert_eq!(again.hash(), config.hash());
}

#[test]
fn wrong_provider_name() {
    check(
        "[oidc.local]\nclient_id = \"a\"\n",
        expect![[r#"
        error
          x `local` means something else already; give the provider another name
           ,-[sallyport.toml:1:7]
         1 | [oidc.local]
           :       ^^|^^
           :         `-- here
         2 | client_id = "a"
           `----
    "#]],
    );
    check(
        "[saml.\"a:b\"]\nmetadata_file = \"a\"\n",
        expect![[r#"
        error
          x `a:b` is no name for a provider; use up to 32 lower case letters, digits, `_` and `-`
           ,-[sallyport.toml:1:7]
         1 | [saml."a:b"]
           :       ^^|^^
           :         `-- here
         2 | metadata_file = "a"
           `----
    "#]],
    );
}

#[test]
fn wrong_origin() {
    check(
        "[login]\norigin = \"https://auth.example.com/login\"\n",
        expect![[r#"
            error
              x `https://auth.example.com/login` is no origin; write a scheme and a host name, `https://auth.example.com`
               ,-[sallyport.toml:2:10]
             1 | [login]
             2 | origin = "https://auth.example.com/login"
               :          ^^^^^^^^^^^^^^^^|^^^^^^^^^^^^^^^
               :                          `-- here
               `----
        "#]],
    );
}

#[test]
fn wrong_group() {
    check(
        "[oidc.corp]\nclient_id = \"a\"\ndefault_groups = [\"users\"]\n",
        expect![[r#"
            error
              x `users` is no group; write `local:<name>` or `<provider>:<name>`
               ,-[sallyport.toml:3:18]
             2 | client_id = "a"
             3 | default_groups = ["users"]
               :                  ^^^^|^^^^
               :                      `-- here
               `----
        "#]],
    );
}

#[test]
fn wrong_app() {
    check(
        "[apps.limits.\"notes\"]\nrequest_body = 1\n",
        expect![[r#"
            error
              x path `notes` does not start with `/`; write `/name` or `host:/name`
               ,-[sallyport.toml:1:14]
             1 | [apps.limits."notes"]
               :              ^^^|^^^
               :                 `-- here
             2 | request_body = 1
               `----
        "#]],
    );
}

#[test]
fn wrong_limit() {
    check(
        "[apps.limits.\"/notes\"]\nconcurrent = 0\n",
        expect![[r#"
            error
              x `0` is not between 1 and 1024
               ,-[sallyport.toml:2:14]
             1 | [apps.limits."/notes"]
             2 | concurrent = 0
               :              |
               :              `-- here
               `----
        "#]],
    );
}

/// `UPDATE_EXPECT=1` renews the file.
#[test]
fn the_reference_is_fresh() {
    expect_file!["../../../docs/config.md"].assert_eq(&reference::reference());
}
