//! The program itself: what it answers, and what it ends with.

mod support;

use serde_json::Value;
use support::{Program, admin_key};

#[test]
fn every_command_explains_itself_with_examples() {
    let program = Program::new();
    for command in
        ["", "serve", "demo", "migrate", "verify", "rebuild", "export", "import", "key", "completions"]
    {
        let mut arguments: Vec<&str> = command.split_whitespace().collect();
        arguments.push("--help");
        let ended = program.run(&arguments);
        assert_eq!(ended.code, 0, "{command}");
        assert!(ended.stdout.contains("Examples:"), "{command} has no examples");
        assert!(ended.stdout.lines().all(|line| line.chars().count() <= 100), "{command}: {}", ended.stdout);
    }
}

#[test]
fn completions_are_written_for_every_shell() {
    let program = Program::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ended = program.run(&["completions", shell]);
        assert_eq!(ended.code, 0);
        assert!(ended.stdout.contains("guerdon") && ended.stdout.contains("verify"), "{shell}");
    }
}

#[test]
fn what_cannot_be_done_ends_with_two_and_says_what_to_do() {
    let program = Program::new();
    program.file("members.csv", "member_id\nrudo\n");
    for (arguments, what, hint) in [
        (&["verify"][..], "there is no database in ./guerdon-data", "--data"),
        (&["rebuild"], "there is no database", "guerdon serve"),
        (&["export", "ndjson"], "there is no database", "guerdon migrate up"),
        (&["import", "--tenant", "acme", "members.csv"], "there is no database", "--data"),
        (&["key", "list"], "there is no database", "--data"),
        (&["migrate", "down"], "there is no database", "--data"),
        (&["import", "--tenant", "acme", "nothing.csv"], "nothing.csv: ", ""),
        (&["serve", "--config", "nothing.toml"], "there is no file nothing.toml", ""),
        (&["serve", "--listen", "nowhere"], "cannot listen on nowhere", ""),
        (
            &["verify", "--database-url", "postgres://127.0.0.1:1/x?connect_timeout=1"],
            "not available",
            "can be reached",
        ),
        (&["fly"], "unrecognized subcommand", ""),
    ] {
        let ended = program.run(arguments);
        assert_eq!(ended.code, 2, "{arguments:?}: {}", ended.stderr);
        assert!(
            ended.stderr.contains(what) && ended.stderr.contains(hint),
            "{arguments:?}: {}",
            ended.stderr
        );
        assert_eq!(ended.stdout, "", "{arguments:?}");
    }
    assert!(!program.path("guerdon-data").exists(), "looking must not make a database");
    let ended = program.run(&["--json", "verify"]);
    let told: Value = serde_json::from_str(&ended.stderr).expect("JSON");
    assert!(told["error"].is_string() && told["hint"].is_string(), "{told}");
}

#[test]
fn a_key_of_the_file_that_nobody_reads_is_named() {
    let program = Program::new();
    program.file("guerdon.toml", "lisen = \"127.0.0.1:0\"\n");
    let ended = program.run(&["serve"]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("guerdon.toml") && ended.stderr.contains("\"lisen\""), "{}", ended.stderr);
    assert!(!program.path("guerdon-data").exists());
}

#[test]
fn migrations_go_up_and_down_and_say_where_they_stand() {
    let program = Program::new();
    assert_eq!(program.run(&["migrate", "up"]).code, 0);
    let status = |program: &Program| program.run(&["migrate", "status", "--json"]);
    let ended = status(&program);
    assert_eq!(ended.code, 0);
    let steps = ended.json();
    let count = steps.as_array().expect("steps").len();
    assert!(steps[0]["applied_at"].is_string());

    let down = program.run(&["migrate", "down", "--steps", "2", "--json"]);
    assert_eq!(down.json().as_array().expect("steps").len(), 2);
    let ended = status(&program);
    assert_eq!(ended.code, 1, "steps are missing");
    assert!(ended.json()[count - 1]["applied_at"].is_null());

    let verify = program.run(&["verify"]);
    assert_eq!(verify.code, 2);
    assert!(
        verify.stderr.contains("lacks 2") && verify.stderr.contains("guerdon migrate up"),
        "{}",
        verify.stderr
    );
    let up = program.run(&["migrate", "up"]);
    assert!(up.stdout.lines().count() == 2 && up.stdout.starts_with("applied: "), "{}", up.stdout);
    assert_eq!(program.run(&["migrate", "up"]).stdout.trim(), "nothing to do: the database is up to date");
}

#[test]
fn an_import_ends_with_one_where_rows_were_bad_and_zero_where_none_were() {
    let program = Program::new();
    program.serve(&[]).make_tenant("acme");
    program.file("members.csv", "member_id,name,opening_balance\nrudo,Rudo Moyo,1500\nbad id,,\n");
    let import = ["import", "--tenant", "acme", "members.csv", "--json"];
    let ended = program.run(&import);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    let told = ended.json();
    for (key, value) in [("rows", 2), ("imported", 1), ("bad", 1), ("already", 0)] {
        assert_eq!(told[key], value, "{told}");
    }
    assert!(told["complete"] == true && told["bad_rows"] == "members.csv.bad-rows.csv", "{told}");
    program.file("members.csv", "member_id,name,opening_balance\nrudo,Rudo Moyo,1500\ngood-id,,\n");
    let ended = program.run(&import);
    assert_eq!((ended.code, ended.json()["already"].as_i64()), (0, Some(1)));
    assert!(!program.path("members.csv.bad-rows.csv").exists());

    let ended = program.run(&["import", "--tenant", "nobody", "members.csv"]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("there is no tenant nobody"), "{}", ended.stderr);
    program.file("other.csv", "member_id,shoe_size\n");
    let ended = program.run(&["import", "--tenant", "acme", "other.csv"]);
    assert_eq!(ended.code, 2);
    assert!(ended.stderr.contains("\"shoe_size\""), "{}", ended.stderr);
}

#[test]
fn the_journal_is_exported_to_standard_output_or_a_file() {
    let program = Program::new();
    program.serve(&[]).make_tenant("acme");
    let all = program.run(&["export", "ndjson"]);
    let kinds: Vec<Value> = all.lines_of_json().into_iter().map(|row| row["kind"].clone()).collect();
    assert_eq!(kinds, ["api_key.create", "tenant.create"]);
    let ended = program.run(&["export", "ndjson", "--tenant", "acme", "--out", "acme.ndjson", "--json"]);
    assert_eq!((ended.code, ended.json()["rows"].as_i64()), (0, Some(1)));
    let written = std::fs::read_to_string(program.path("acme.ndjson")).expect("written");
    assert_eq!(written.trim(), all.stdout.lines().last().expect("a line"));
}

#[test]
fn a_lost_admin_key_is_replaced_and_the_old_one_revoked() {
    let program = Program::new();
    let server = program.serve(&[]);
    let lost = server.ready["admin_key"].as_str().expect("made at first start").to_owned();
    assert_eq!(server.get("/api/v1/tenants", &lost), 200);
    server.stop();

    let listed = program.run(&["key", "list", "--json"]).json();
    let old = listed[0]["id"].as_str().expect("id").to_owned();
    let made = program.run(&["key", "create", "--name", "found again", "--json"]).json();
    let new = made["key"].as_str().expect("key").to_owned();
    assert_eq!(program.run(&["key", "revoke", &old]).code, 0);
    let again = program.run(&["key", "revoke", &old]);
    assert_eq!(again.code, 2);
    assert!(again.stderr.contains("was revoked"), "{}", again.stderr);

    let server = program.serve(&[]);
    assert!(server.ready["admin_key"].is_null(), "a key that works is there");
    assert_eq!(server.get("/api/v1/tenants", &new), 200);
    assert_eq!(server.get("/api/v1/tenants", &lost), 401);
    let statuses: Vec<Value> = program
        .run(&["key", "list", "--json"])
        .json()
        .as_array()
        .expect("keys")
        .iter()
        .map(|key| key["status"].clone())
        .collect();
    assert_eq!(statuses, ["active", "revoked"]);
}

#[test]
fn keys_that_cannot_be_are_refused_with_the_reason() {
    let program = Program::new();
    program.serve(&[]).make_tenant("acme");
    for (arguments, what) in [
        ("--role manager", "name a --tenant"),
        ("--tenant acme", "--role"),
        ("--tenant acme --role platform_admin", "a tenant has no platform_admin"),
        ("--tenant acme --role service", "a service may do what its scopes say"),
        ("--tenant acme --role service --scope everything", "a scope is an area"),
        ("--tenant acme --role manager --scope ledger:write", "only a service has scopes"),
        ("--tenant acme --role member --member nobody", "there is no member nobody"),
    ] {
        let mut all = vec!["key", "create", "--name", "x"];
        all.extend(arguments.split_whitespace());
        let ended = program.run(&all);
        assert_eq!(ended.code, 2, "{arguments}");
        assert!(ended.stderr.contains(what), "{arguments}: {}", ended.stderr);
    }
    let ended = program.run(&[
        "key",
        "create",
        "--name",
        "shop",
        "--tenant",
        "acme",
        "--role",
        "service",
        "--scope",
        "ledger:write",
    ]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
}

#[test]
fn a_given_admin_key_is_good_and_never_shown() {
    let program = Program::new();
    let server = program.serve(&[("GUERDON_ADMIN_KEY", admin_key())]);
    assert!(server.ready["admin_key"].is_null());
    assert_eq!(server.get("/api/v1/tenants", admin_key()), 200);
}

#[test]
fn a_second_process_is_told_who_has_the_data() {
    let program = Program::new();
    let server = program.serve(&[]);
    for arguments in [&["serve", "--listen", "127.0.0.1:0"][..], &["migrate", "up"], &["rebuild"]] {
        let ended = program.run(arguments);
        assert_eq!(ended.code, 2, "{arguments:?}");
        let holder = format!("in use by `guerdon serve`, process {}", server.id());
        assert!(ended.stderr.contains(&holder), "{arguments:?}: {}", ended.stderr);
    }
    for arguments in [&["export", "ndjson"][..], &["key", "list"], &["migrate", "status"]] {
        assert_eq!(program.run(arguments).code, 0, "{arguments:?} works beside a server");
    }
}

#[test]
fn verify_ends_with_zero_on_right_books_beside_a_server_and_one_on_wrong_ones() {
    let program = Program::new();
    let server = program.serve(&[]);
    server.make_tenant("acme");
    assert!(server.allocate("acme", 1));
    let ended = program.run(&["verify"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stdout.contains("The books are right: 2 journals, 3 transactions"), "{}", ended.stdout);
    server.stop();

    program.tamper("UPDATE balances SET posted = posted + 1 WHERE account = 'pool'");
    let ended = program.run(&["verify"]);
    assert_eq!(ended.code, 1);
    assert!(ended.stdout.contains("pool PTS") && ended.stdout.contains("2 findings"), "{}", ended.stdout);
    let told = program.run(&["verify", "--json"]).json();
    assert_eq!(told["found"], serde_json::json!({"balances": 2}));

    let rebuilt = program.run(&["rebuild", "--json"]);
    assert_eq!(rebuilt.code, 0, "{}", rebuilt.stderr);
    let tables = rebuilt.json();
    let balances = tables["tables"].as_array().expect("tables").iter().find(|t| t["table"] == "balances");
    assert_eq!(balances.expect("balances")["differed"], 1);
    assert_eq!(program.run(&["verify"]).code, 0);
}

#[test]
fn verify_reconciles_budgets_where_it_is_asked_to() {
    let program = Program::new();
    let server = program.serve(&[]);
    server.make_tenant("acme");
    let budgets = "/api/v1/tenants/acme/budgets";
    let budget = serde_json::json!({"id": "marketing", "name": "Marketing", "currency": "USD", "hard_cap": 100,
        "period": "monthly"});
    assert_eq!(server.post(budgets, "budget", &budget), Some(201));
    let topup = serde_json::json!({"amount": 100, "currency": "USD"});
    assert_eq!(server.post(&format!("{budgets}/marketing/topup"), "topup", &topup), Some(201));
    let ended = program.run(&["verify", "--budgets"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    assert!(ended.stdout.contains("What is kept of 1 budget is what the entries say."), "{}", ended.stdout);
    server.stop();

    program.tamper("UPDATE balances SET posted = posted + 7 WHERE account = 'budget:marketing'");
    let ended = program.run(&["verify", "--budgets"]);
    assert_eq!(ended.code, 1);
    assert!(ended.stdout.contains("budget:marketing") && ended.stdout.contains("/fix"), "{}", ended.stdout);
    let wrong = &program.run(&["verify", "--budgets", "--json"]).json()["budgets"]["wrong"][0];
    assert_eq!((&wrong["balance"], &wrong["ledger"]), (&serde_json::json!(107), &serde_json::json!(100)));
}

#[test]
fn rebuilding_on_a_journal_that_is_not_sound_ends_with_one_and_changes_nothing() {
    let program = Program::new();
    program.serve(&[]).make_tenant("acme");
    program
        .tamper("DROP TRIGGER journal_no_update; UPDATE journal SET actor = 'somebody else' WHERE seq = 1");
    let ended = program.run(&["rebuild"]);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    assert!(
        ended.stdout.contains("txn_1") && ended.stdout.contains("Nothing was changed"),
        "{}",
        ended.stdout
    );
}
