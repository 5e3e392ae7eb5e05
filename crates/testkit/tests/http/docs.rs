//! The documentation answers without a network.

use guerdon_testkit::{Client, Engine, Server};

/// The addresses that a page loads: in `src`, `href` and `url` of what is not merely a link to click on.
fn loaded(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    for mark in
        ["src=\"", "href=\"", "src='", "href='", "url(", "url: \"", "spec-url=\"", "import \"", "from \""]
    {
        for part in page.split(mark).skip(1) {
            found.push(part.split(['"', '\'', ')']).next().unwrap_or_default().to_owned());
        }
    }
    found
}

/// Fetches a page and all that it loads, all of it from here.
async fn assert_stands_alone(client: &Client, path: &str) {
    let page = client.get(path).await;
    assert_eq!(page.status, 200, "{path}: {}", page.text);
    assert!(page.header("content-type").starts_with("text/html"), "{path}: {}", page.header("content-type"));
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    for address in loaded(&page.text) {
        assert!(!address.starts_with("http") && !address.starts_with("//"), "{path} loads {address}");
        if address.is_empty() || address.starts_with("data:") || address.starts_with('#') {
            continue;
        }
        let address = address.trim_start_matches("./");
        let at = if address.starts_with('/') { address.to_owned() } else { format!("{folder}/{address}") };
        let part = client.get(&at).await;
        assert_eq!(part.status, 200, "{path} loads {at}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_renderers_and_the_document_are_served_from_here() {
    let server = Server::start(Engine::Sqlite).await;
    let anyone = server.platform().without_key();
    assert_stands_alone(&anyone, "/docs/").await;
    assert_stands_alone(&anyone, "/docs/reference").await;
    // What is loaded only when the page runs.
    let swagger = anyone.get("/docs/swagger-initializer.js").await;
    assert!(swagger.text.contains(r#""validatorUrl": "none""#), "{}", swagger.text);
    let rapidoc = anyone.get("/docs/reference").await;
    assert!(rapidoc.text.contains(r#"load-fonts="false""#), "{}", rapidoc.text);
    let document = anyone.get("/openapi.json").await.ok();
    assert_eq!(document, serde_json::to_value(guerdon_http::document()).expect("json"));
    let script = anyone.get("/docs/rapidoc.js").await;
    assert!(script.header("content-type").starts_with("text/javascript") && script.text.len() > 100_000);
    assert!(anyone.get("/docs").await.status.is_success(), "with or without the slash");
    server.stop().await;
}
