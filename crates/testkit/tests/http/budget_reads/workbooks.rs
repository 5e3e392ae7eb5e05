//! Reports as workbooks, opened again.

use super::Shop;
use calamine::{Data, Range, Reader, Xlsx};
use guerdon_testkit::Answer;
use std::io::Cursor;

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

fn opened(answer: &Answer) -> Range<Data> {
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, XLSX));
    let mut book: Xlsx<_> =
        calamine::open_workbook_from_rs(Cursor::new(answer.bytes.clone())).expect("a workbook");
    book.worksheet_range_at(0).expect("a sheet").expect("its cells")
}

/// A row of cells in short: numbers as they are, texts and days as text.
fn row(cells: &Range<Data>, number: usize) -> Vec<String> {
    let told = |cell: &Data| match cell {
        Data::Empty => "-".to_owned(),
        Data::DateTime(day) => {
            let (year, month, day, ..) = day.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        Data::Float(number) => number.to_string(),
        other => other.to_string(),
    };
    cells.rows().nth(number).expect("a row").iter().map(told).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budgets_workbook_has_its_days_in_major_units_and_their_total() {
    for shop in Shop::both().await {
        let shop = shop.with_history().await;
        let answer = shop.accept("/budgets/marketing/report?range=quarter", XLSX).await;
        let file = "attachment; filename=\"marketing-2026-01-01-to-2026-03-31.xlsx\"";
        assert_eq!(answer.header("content-disposition"), file);
        let cells = opened(&answer);
        assert_eq!(cells.get_size(), (6, 19));
        assert_eq!(
            row(&cells, 0).join(", "),
            "Day, Period, Funds, Funded amount, Reservations, Reserved amount, Charges, Charged amount, Releases, \
             Released amount, Reversals, Reversed amount, Resets, Amount reset, Funded, Reserved, Charged, Hard cap, \
             Utilization"
        );
        for (number, told) in [
            (1, "2026-01-05 2026-01 1 1000 1 300 1 100 1 50 0 0 0 0 1000 150 100 1000 0.25"),
            (4, "2026-02-02 2026-02 1 500 1 10 1 150 0 0 0 0 1 650 750 110 150 1000 0.26"),
            (5, "Total USD - 2 1500 4 610 3 450 1 50 1 200 1 650 750 110 150 1000 0.26"),
        ] {
            assert_eq!(row(&cells, number).join(" "), told, "on {:?}", shop.server.engine);
        }
        let again = shop.accept("/budgets/marketing/report?range=quarter&format=xlsx", "*/*").await;
        assert_eq!(again.bytes, answer.bytes, "the same by the query, to the byte");
        shop.server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenants_workbook_has_its_budgets_and_a_total_for_each_currency() {
    for shop in Shop::both().await {
        let shop = shop.with_history().await;
        let answer = shop.accept("/reports/budgets?range=month&format=xlsx", "*/*").await;
        let file = "attachment; filename=\"budgets-2026-02-01-to-2026-02-28.xlsx\"";
        assert_eq!(answer.header("content-disposition"), file);
        let cells = opened(&answer);
        assert_eq!(cells.get_size(), (6, 25));
        for (number, told) in [
            (
                1,
                "marketing marketing USD 1 500 1 10 1 150 0 0 0 0 1 650 1000 250 100 1000 0.35 750 110 150 1000 0.26",
            ),
            (2, "offsite offsite USD 1 50 0 0 0 0 0 0 0 0 0 0 - - - - - 50 0 0 50 0"),
            (3, "travel travel KWD 0 0 0 0 0 0 0 0 0 0 0 0 9 2.5 0 9 0.2777 9 2.5 0 9 0.2777"),
            (4, "Total - KWD 0 0 0 0 0 0 0 0 0 0 0 0 9 2.5 0 9 0.2777 9 2.5 0 9 0.2777"),
            (5, "Total - USD 2 550 1 10 1 150 0 0 0 0 1 650 1000 250 100 1000 0.35 800 110 150 1050 0.2476"),
        ] {
            assert_eq!(row(&cells, number).join(" "), told, "on {:?}", shop.server.engine);
        }
        shop.server.stop().await;
    }
}
