//! The private PostgreSQL of the tests itself.

use guerdon_testkit::postgres::{Cluster, ClusterError, Durability};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tokio_postgres::config::Host;
use tokio_postgres::{Client, Config, NoTls};

type Tested = Result<(), Box<dyn std::error::Error>>;

async fn connect(url: &str) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

async fn one<T>(client: &Client, query: &str) -> Result<T, tokio_postgres::Error>
where
    T: for<'a> tokio_postgres::types::FromSql<'a>,
{
    client.query_one(query, &[]).await?.try_get(0)
}

/// The folder that the cluster lives in, which its address tells.
fn folder(cluster: &Cluster) -> PathBuf {
    let config: Config = cluster.url("postgres").parse().expect("a URL that tokio_postgres reads");
    match config.get_hosts() {
        [Host::Unix(folder)] => folder.clone(),
        hosts => panic!("one socket and nothing else, not {hosts:?}"),
    }
}

#[tokio::test]
async fn each_test_has_a_database_of_its_own() -> Tested {
    let cluster = Cluster::shared()?;
    let [one_url, other_url] = [cluster.create_database().await?, cluster.create_database().await?];
    assert_ne!(one_url, other_url);
    let (here, there) = (connect(&one_url).await?, connect(&other_url).await?);
    here.batch_execute("CREATE TABLE note (text text); INSERT INTO note VALUES ('Grüße')").await?;
    assert_eq!(one::<String>(&here, "SELECT text FROM note").await?, "Grüße");
    assert!(!one::<bool>(&there, "SELECT to_regclass('note') IS NOT NULL").await?);
    let query = "SELECT pg_encoding_to_char(encoding) || ' ' || datcollate FROM pg_database \
                 WHERE datname = current_database()";
    assert_eq!(one::<String>(&here, query).await?, "UTF8 C");
    Ok(())
}

#[tokio::test]
async fn what_was_committed_outlives_a_stop_and_a_kill() -> Tested {
    let cluster = Cluster::start(Durability::Durable)?;
    let url = cluster.create_database().await?;
    let client = connect(&url).await?;
    assert_eq!(one::<String>(&client, "SHOW fsync").await?, "on");
    client.batch_execute("CREATE TABLE note (id int); INSERT INTO note VALUES (1)").await?;

    cluster.stop()?;
    assert!(client.batch_execute("SELECT 1").await.is_err());
    assert!(connect(&url).await.is_err());
    cluster.start_again()?;
    let client = connect(&url).await?;
    client.batch_execute("INSERT INTO note VALUES (2)").await?;

    cluster.kill()?;
    assert!(connect(&url).await.is_err());
    cluster.start_again()?;
    assert_eq!(one::<i64>(&connect(&url).await?, "SELECT count(*) FROM note").await?, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_under_load_loses_nothing_that_was_acknowledged() -> Tested {
    let cluster = Cluster::start(Durability::Durable)?;
    let url = cluster.create_database().await?;
    connect(&url).await?.batch_execute("CREATE TABLE note (id int)").await?;
    let writers = (0..8).map(|_| {
        let url = url.clone();
        tokio::spawn(async move {
            let client = connect(&url).await.expect("a connection");
            let mut acknowledged = 0i64;
            while client.batch_execute("INSERT INTO note VALUES (1)").await.is_ok() {
                acknowledged += 1;
            }
            acknowledged
        })
    });
    let writers: Vec<_> = writers.collect();
    tokio::time::sleep(Duration::from_millis(300)).await;
    cluster.kill()?;
    let mut acknowledged = 0;
    for writer in writers {
        acknowledged += writer.await?;
    }
    cluster.start_again()?;
    let stored = one::<i64>(&connect(&url).await?, "SELECT count(*) FROM note").await?;
    assert!(acknowledged > 0 && stored >= acknowledged, "{acknowledged} acknowledged, {stored} stored");
    Ok(())
}

#[tokio::test]
async fn it_listens_on_a_port_when_asked() -> Tested {
    let cluster = Cluster::start_on_tcp(Durability::Fast)?;
    let url = cluster.create_database().await?;
    assert!(url.starts_with("postgres://postgres@127.0.0.1:"), "{url}");
    assert_eq!(one::<String>(&connect(&url).await?, "SHOW fsync").await?, "off");
    cluster.stop()?;
    cluster.start_again()?;
    connect(&url).await?;
    Ok(())
}

#[test]
fn dropping_it_stops_it_and_removes_its_folder() -> Tested {
    let cluster = Cluster::start(Durability::Fast)?;
    let folder = folder(&cluster);
    assert!(folder.join("data/postmaster.pid").exists());
    drop(cluster);
    assert!(!folder.exists());
    Ok(())
}

#[test]
fn a_killed_process_leaves_nothing_behind() -> Tested {
    let mut process = Command::new(std::env::current_exe()?)
        .args(["--exact", "start_and_wait", "--ignored", "--nocapture"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut lines = BufReader::new(process.stdout.take().ok_or("no output")?).lines();
    let marked =
        lines.find_map(|line| line.ok()?.split_once("folder=").map(|(_, folder)| PathBuf::from(folder)));
    let folder = marked.ok_or("the process started no cluster")?;
    assert!(folder.join("data/postmaster.pid").exists());
    process.kill()?;
    process.wait()?;
    let deadline = Instant::now() + Duration::from_secs(20);
    while folder.exists() {
        assert!(Instant::now() < deadline, "{} is still there", folder.display());
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

#[test]
#[ignore = "the process that a_killed_process_leaves_nothing_behind kills"]
fn start_and_wait() -> Tested {
    let cluster = Cluster::start(Durability::Fast)?;
    writeln!(std::io::stdout(), "folder={}", folder(&cluster).display())?;
    std::io::stdin().read_line(&mut String::new())?;
    Ok(())
}

#[tokio::test]
async fn a_server_of_someone_else_gives_databases_but_is_not_stopped() -> Tested {
    let cluster = Cluster::start(Durability::Fast)?;
    let other = Cluster::at(&cluster.url("postgres"))?;
    connect(&other.create_database().await?).await?;
    for answer in [other.stop(), other.kill(), other.start_again()] {
        assert!(matches!(answer, Err(ClusterError::NotOurs)), "{answer:?}");
    }
    connect(&cluster.url("postgres")).await?;
    Ok(())
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_named() -> Tested {
    let url = "postgres:///postgres?host=/nowhere&user=postgres";
    let error = Cluster::at(url)?.create_database().await.expect_err("nobody is there").to_string();
    assert!(error.starts_with(&format!("connecting at {url}: ")), "{error}");
    assert!(matches!(Cluster::at("host=/tmp"), Err(ClusterError::NotAUrl { .. })));
    Ok(())
}
