//! Data that real queues hold sooner or later and that dashboards stumble over: markup and endless words in every text,
//! numbers past 2^53, five megabytes of data, data that is not JSON.

use bullmq::{Error, Queue};
use serde_json::{Value, json};

use crate::demo::data::{self, COLUMNS};
use crate::demo::shop;
use crate::demo::shop::{Shop, added_ago};

const SCRIPT: &str = "<script>alert(1)</script>";
const IMAGE: &str = "\"'><img src=x onerror=alert(1)>";
/// Hebrew and Arabic, an override that turns what follows around, and emoji of several characters each.
const DIRECTIONS: &str = "שלום עולם · مرحبا بالعالم · \u{202e}txt.exe\u{202c} · 👩‍👩‍👧‍👦 🏳️‍🌈 🇨🇭";
const CONTROLS: &str = "tab\t, bell \u{7}, escape \u{1b}[31mred\u{1b}[0m, line separator \u{2028}, zero width \u{200b}, NUL \u{0}";

/// Adds these jobs.
pub(crate) async fn fill(shop: &Shop) -> Result<(), Error> {
    for name in [shop::ODD_MARKUP, shop::ODD_SPACES] {
        hostile_texts(&shop.queue(name).await?).await?;
    }
    big_numbers(shop).await?;
    big_data(shop).await?;
    bad_data(shop).await
}

async fn hostile_texts(queue: &Queue) -> Result<(), Error> {
    let endless = "unbroken".repeat(400);
    let texts = json!({
        SCRIPT: IMAGE,
        "endless": endless,
        "directions": DIRECTIONS,
        "controls": CONTROLS,
        "{{7*7}} ${7*7} <%= 7*7 %>": "</textarea></script><!--",
    });
    queue.add(SCRIPT, &texts).await?;
    queue.add(&"name".repeat(200), &texts).await?;
    for (id, words) in [
        (IMAGE, SCRIPT.to_owned()),
        ("a/b%2F?c#d e&f=../..", endless.clone()),
        ("ünï😀", format!("{DIRECTIONS}\n{CONTROLS}")),
    ] {
        let data = json!({ "fail": words, "log": format!("{SCRIPT} {words}"), "texts": texts });
        queue.add(DIRECTIONS, data).job_id(id).await?;
    }
    Ok(())
}

/// Digits that a program changes if it reads numbers as doubles.
const BIG_NUMBERS: &str = r#"{"account":12345678901234567890,"rate":1.0,"amount":100.50,"tiny":1e-7,"entry":9007199254740993,"memo":"Käse \u00fc \ud83d\ude00"}"#;

async fn big_numbers(shop: &Shop) -> Result<(), Error> {
    let queue = shop.queue(shop::LEDGER).await?;
    let id = "entry-9007199254740993";
    queue
        .add("book", json!({}))
        .options(added_ago(18).job_id(id))
        .await?;
    shop.set_raw_data(&queue, id, BIG_NUMBERS.as_bytes())
        .await?;
    let fine = json!({ "account": "12345678901234567890", "amount": 8 });
    queue.add("book", fine).await?;
    Ok(())
}

/// Nearly as many bytes as may be saved by default, with one invalid row.
async fn big_data(shop: &Shop) -> Result<(), Error> {
    const BYTES: usize = 4_950_000;
    const BROKEN: usize = 31_249;
    let mut rows: Vec<Value> = Vec::new();
    let mut bytes = 0;
    while bytes < BYTES {
        let n = rows.len() as u64;
        let columns: [String; COLUMNS] = [
            format!("cus_{n:06}"),
            data::address(n),
            format!("2030-{:02}-{:02}", 1 + n % 12, 1 + n % 28),
            format!("{:064x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
        ];
        let row = match rows.len() == BROKEN {
            true => columns[..COLUMNS - 1].join(";"),
            false => columns.join(";"),
        };
        bytes += row.len() + 3;
        rows.push(json!(row));
    }
    let queue = shop.queue(shop::IMPORT).await?;
    let data = json!({ "file": "customers.csv", "rows": rows });
    let options = added_ago(55).job_id("customers");
    queue.add("import-rows", data).options(options).await?;
    let small = json!({ "file": "new.csv", "rows": ["cus_1;a@example.com;2030-01-01;ff"] });
    queue.add("import-rows", small).await?;
    Ok(())
}

/// Added to a queue without a worker, since BullMQ's own would read the data as null.
async fn bad_data(shop: &Shop) -> Result<(), Error> {
    let queue = shop.queue(shop::REPORT_V1).await?;
    let deep = format!("{}1{}", "[".repeat(200), "]".repeat(200));
    let odd: [(&str, &[u8]); 6] = [
        (
            "cut-short",
            br#"{"month":"2030-11","kind":"revenue","requestedBy":"anna.we"#,
        ),
        (
            "not-json",
            b"{month: '2030-11', kind: NaN, total: undefined}",
        ),
        (
            "same-key-twice",
            br#"{"month":"2030-10","kind":"stock","month":"2030-11"}"#,
        ),
        (
            "lone-surrogate",
            br#"{"month":"2030-11","title":"half an emoji: \ud83d"}"#,
        ),
        (
            "latin-1",
            b"{\"month\":\"2030-11\",\"requestedBy\":\"M\xfcller\"}",
        ),
        ("deep", deep.as_bytes()),
    ];
    for (id, data) in odd {
        let options = added_ago(800).job_id(id);
        queue.add("make-report", json!({})).options(options).await?;
        shop.set_raw_data(&queue, id, data).await?;
    }
    Ok(())
}
