use super::*;
use crate::testing::{Books, Contents};
use guerdon_ledger::{AccountPath, AssetCode};
use std::cell::Cell;
use std::path::Path;

const HEADING: &str = "opening_balance,member_id,name,email,role,team,department,asset";

/// Imports a file under the name of the file; stops after so many rows.
async fn import(books: &Books, file: &Path, stop_after: u64) -> (Tally, Option<PathBuf>) {
    let import = Import {
        journal: books.journal.clone(),
        tenant: books.tenant,
        name: ImportName::of_file(file).expect("name"),
    };
    let mut bad_rows = BadRows::beside(file).expect("bad rows");
    let read = Cell::new(0);
    let stop = || read.replace(read.get() + 1) >= stop_after;
    let tally = import.submit(File::open(file).expect("file"), &mut bad_rows, &stop, &|_| {}).await;
    (tally.expect("imported"), bad_rows.finish().expect("written"))
}

async fn import_all(books: &Books, file: &Path) -> (Tally, Option<PathBuf>) {
    import(books, file, u64::MAX).await
}

fn file(books: &Books, name: &str, rows: &str) -> PathBuf {
    let path = books.folder.path().join(name);
    std::fs::write(&path, format!("{HEADING}\n{rows}")).expect("file");
    path
}

/// Many rows, every seventeenth of them bad in one way or another.
fn many_rows() -> String {
    (0..3_000)
        .map(|i| match i % 17 {
            3 => format!("{i},m-{i},No Such Role,,boss,,,PTS\n"),
            9 => format!("1.5,m-{i},No Whole Number,,,,,\n"),
            _ => format!(
                "{i},m-{i},Member {i},m-{i}@x.example,member,t{},d{},{}\n",
                i % 5,
                i % 3,
                ["PTS", "USD"][i % 2]
            ),
        })
        .collect()
}

fn posted(contents: &Contents, account: &str, asset: &str) -> i64 {
    let key = AccountPath::new(account).expect("path").in_asset(&AssetCode::new(asset).expect("asset"));
    contents.balances.iter().find(|(found, _)| *found == key).map_or(0, |(_, balance)| balance.posted)
}

#[tokio::test(flavor = "multi_thread")]
async fn good_rows_are_imported_and_bad_ones_listed_with_their_line_and_reason() {
    for books in Books::both().await {
        let rows = "1500,rudo,Rudo Moyo,rudo@x.example,lead,payments,engineering,PTS\n\
            1250,tendai,\"Ncube, Tendai\",,,,,USD\n\
            ,boss,,,boss,,,\n\
            0,farai,,,,,,\n\
            7,rudo,Somebody Else,,,,,\n\
            5,nyasha,,,,,,MILES\n\
            only,three,fields\n";
        let path = file(&books, "members.csv", rows);
        let (tally, bad_rows) = import_all(&books, &path).await;
        assert_eq!(tally, Tally { rows: 7, imported: 3, already: 0, bad: 4 });

        let contents = books.contents().await;
        let ids: Vec<&str> = contents.members.iter().map(|member| member.id.as_str()).collect();
        assert_eq!(ids, ["farai", "rudo", "tendai"]);
        assert_eq!(contents.members[2].personal.name.as_deref(), Some("Ncube, Tendai"));
        assert_eq!(posted(&contents, "wallet:rudo", "PTS"), 1_500);
        assert_eq!(posted(&contents, "reward:tendai", "USD"), 1_250);
        assert_eq!(posted(&contents, "issuance", "PTS"), -1_500);
        let kinds: Vec<&str> = contents.rows.iter().map(|row| row.kind.as_str()).collect();
        assert_eq!(kinds, ["tenant.create", "import", "import", "import"]);

        let listed = std::fs::read_to_string(bad_rows.expect("a file of bad rows")).expect("listed");
        let lines: Vec<&str> = listed.lines().collect();
        assert_eq!(lines[0], format!("line,reason,{HEADING}"));
        for (line, number, reason, fields) in [
            (lines[1], "4,", "role is \"\"boss\"\"", ",boss,,,boss,,,"),
            (lines[2], "6,", "brought rudo already, with other values (txn_2)", "7,rudo,Somebody Else,,,,,"),
            (lines[3], "7,", "there is no asset MILES", "5,nyasha,,,,,,MILES"),
            (lines[4], "8,", "the row has 3 fields, the heading has 8", "only,three,fields,,,,,"),
        ] {
            assert!(line.starts_with(number) && line.contains(reason) && line.ends_with(fields), "{line}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_was_stopped_and_run_again_equals_one_run() {
    for (stopped, whole) in Books::both().await.into_iter().zip(Books::both().await) {
        let rows = many_rows();
        let (path, other) = (file(&stopped, "people.csv", &rows), file(&whole, "people.csv", &rows));
        for stop_after in [700, 1_900] {
            let (tally, _) = import(&stopped, &path, stop_after).await;
            assert_eq!(tally.rows, stop_after);
        }
        let (again, bad_again) = import_all(&stopped, &path).await;
        let (once, bad_once) = import_all(&whole, &other).await;

        assert_eq!((once.rows, once.already), (3_000, 0));
        assert_eq!((again.rows, again.bad), (once.rows, once.bad));
        assert_eq!(again.imported + again.already, once.imported);
        assert_eq!(stopped.contents().await, whole.contents().await);
        let listed = |path: Option<PathBuf>| std::fs::read(path.expect("bad rows")).expect("listed");
        assert_eq!(listed(bad_again), listed(bad_once));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_run_twice_changes_nothing() {
    let books = Books::sqlite().await;
    let path = file(&books, "people.csv", &many_rows());
    let (first, _) = import_all(&books, &path).await;
    let contents = books.contents().await;
    let (second, _) = import_all(&books, &path).await;
    assert_eq!(second, Tally { imported: 0, already: first.imported, ..first });
    assert_eq!(books.contents().await, contents);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_rows_that_were_corrected_are_imported_from_their_file() {
    let books = Books::sqlite().await;
    let path = file(&books, "people.csv", "5,a,,,,,,\n1.5,b,Bo,,,,,\n");
    let (_, bad_rows) = import_all(&books, &path).await;
    let bad_rows = bad_rows.expect("bad rows");
    let corrected = std::fs::read_to_string(&bad_rows).expect("listed").replace("1.5,b", "15,b");
    std::fs::write(&bad_rows, corrected).expect("corrected");

    let (tally, left) = import_all(&books, &bad_rows).await;
    assert_eq!((tally.imported, tally.bad, left), (1, 0, None));
    assert_eq!(posted(&books.contents().await, "wallet:b", "PTS"), 15);
    // The file as a whole, with the corrected row, brings nothing new.
    let whole = file(&books, "people.csv", "5,a,,,,,,\n15,b,Bo,,,,,\n");
    let (tally, left) = import_all(&books, &whole).await;
    assert_eq!((tally.already, tally.imported, left), (2, 0, None));
    assert!(!books.folder.path().join("people.csv.bad-rows.csv").exists());
}
