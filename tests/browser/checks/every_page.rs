//! What holds for every page: accessible, fits every width, usable by keyboard, and requests only from Bullkeeper.

use thirtyfour::Key;

use crate::harness::browser::{Browser, DESKTOP, assert_none};
use crate::harness::places::{Place, Way, everywhere};
use crate::harness::shop::Shop;

const AXE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/browser/node_modules/axe-core/axe.min.js"
);

/// Runs axe-core on the page, or on an open dialog, with the rules of WCAG 2.2 AA, and waits for its results.
const RUN_AXE: &str = r#"
const done = arguments[arguments.length - 1];
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
axe.run(document.querySelector("details.menu[open]") ?? document, { runOnly: tags, resultTypes: ["violations"] }).then(
  ({ violations }) => done(violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.flat().join(" ")}: ${node.failureSummary.replace(/\s+/g, " ")}`))),
  (error) => done([String(error)]),
);"#;

/// What reaches past the right edge, by name.
const TOO_WIDE: &str = r#"
const width = arguments[0] ?? window.screen.width;
if (document.documentElement.scrollWidth <= width) return [];
const wide = [...document.querySelectorAll("body *")]
  .filter((element) => element.getBoundingClientRect().right > width + 0.5)
  .map((element) => `${element.tagName.toLowerCase()}.${element.className.baseVal ?? element.className}`);
return [`${document.documentElement.scrollWidth} px wide: ${[...new Set(wide)].slice(0, 8).join(", ")}`];"#;

/// The ids that more than one element has: a live message changes all of them.
const SAME_IDS: &str = r#"
const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
return [...new Set(ids.filter((id, at) => ids.indexOf(id) !== at))];"#;

/// Prepares a walk by keyboard: collects what can have the focus, and starts before the first of it.
const BEGIN_WALK: &str = include_str!("../harness/walk.js");

/// More Tabs than any page needs.
const LONGEST_WALK: u64 = 600;

pub async fn axe(browser: &Browser) -> Vec<String> {
    if browser.script("return window.axe === undefined").await == true {
        let axe = std::fs::read_to_string(AXE);
        let axe = axe.expect("`npm ci` in tests/browser: scripts/test does it");
        browser.driver.execute(axe, Vec::new()).await.unwrap();
    }
    let found = browser
        .driver
        .execute_async(RUN_AXE, Vec::new())
        .await
        .unwrap();
    found.convert().unwrap()
}

async fn too_wide(browser: &Browser) -> Vec<String> {
    let found = browser.driver.execute(TOO_WIDE, Vec::new()).await.unwrap();
    found.convert().unwrap()
}

async fn same_ids(browser: &Browser) -> Vec<String> {
    let found = browser.driver.execute(SAME_IDS, Vec::new()).await.unwrap();
    found.convert().unwrap()
}

/// Presses Tab to the end of the page. Returns what could not be reached, or had no visible focus.
async fn walk(browser: &Browser) -> Vec<String> {
    let ahead = browser.script(BEGIN_WALK).await.as_u64().unwrap();
    // One more than there are stops leaves the last. A request for each key would take most of the time.
    let keys = Key::Tab.value().to_string().repeat(ahead as usize + 1);
    for _ in 0..LONGEST_WALK {
        browser.type_text(&keys).await;
        let now = browser.script("return window.walk.now()").await;
        if now["ended"] == true {
            let faults = browser.script("return window.walk.faults()").await;
            return serde_json::from_value(faults).unwrap();
        }
        if now["taken"].as_u64().unwrap() >= LONGEST_WALK {
            break;
        }
    }
    let stuck = browser.script("return window.walk.here()").await;
    vec![format!("Tab never reaches the end: it is at {stuck}")]
}

/// What axe-core finds in light and in dark.
async fn axe_in_both_schemes(browser: &Browser) -> Vec<String> {
    let mut found = Vec::new();
    for scheme in ["light", "dark"] {
        browser.scheme(scheme).await;
        let matches = format!("return matchMedia('(prefers-color-scheme: {scheme})').matches");
        assert_eq!(browser.script(&matches).await, true);
        let faults = axe(browser).await;
        found.extend(faults.into_iter().map(|fault| format!("{scheme}: {fault}")));
    }
    found
}

/// What axe-core finds on a phone, and what reaches past its edge; the page is as wide as before afterwards.
async fn faults_on_a_phone(browser: &Browser) -> Vec<String> {
    // As high as the pages: the bar of a selection sticks to the end of a lower window and hides a part of what one would scroll to.
    browser.resize((390, 6_000), true).await;
    let mut found = axe(browser).await;
    for width in [390, 320] {
        browser.resize((width, 700), true).await;
        found.extend(too_wide(browser).await);
    }
    browser.resize(DESKTOP, false).await;
    found
}

/// One browser goes through half of the pages, since coming to each of them takes longer than most checks, and two at once have
/// both cores busy. The walk by keyboard is the last: it closes what is open.
async fn all_is_well_at_each_place_on(way: Way) {
    everywhere(way, async |browser, place| {
        let checks = [
            (
                "logs",
                crate::harness::logs::complaints(browser, place.status()).await,
            ),
            (
                "other hosts",
                crate::harness::logs::strangers(browser).await,
            ),
            ("the same id", same_ids(browser).await),
            ("axe", axe_in_both_schemes(browser).await),
            ("phone", faults_on_a_phone(browser).await),
            ("keyboard", walk(browser).await),
        ];
        let told = |(check, faults): (&str, Vec<String>)| {
            faults
                .into_iter()
                .map(|fault| format!("{check}: {fault}"))
                .collect::<Vec<_>>()
        };
        checks.into_iter().flat_map(told).collect()
    })
    .await;
}

#[tokio::test]
async fn every_page_is_accessible_fits_every_width_and_asks_no_other_host() {
    all_is_well_at_each_place_on(Way::First).await;
}

#[tokio::test]
async fn every_page_after_an_edit_is_accessible_fits_every_width_and_asks_no_other_host() {
    all_is_well_at_each_place_on(Way::Second).await;
}

/// Checks that each of the checks finds a planted fault.
#[tokio::test]
async fn each_of_these_checks_finds_a_fault_that_is_put_there() {
    let mut shop = Shop::open().await;
    let browser = Browser::open(&shop.app).await;
    Place::SignIn.reach(&browser, &mut shop).await;
    assert_none(&axe(&browser).await, "violations");
    assert_none(&walk(&browser).await, "faults on the way");
    assert_none(
        &crate::harness::logs::complaints(&browser, 200).await,
        "complaints",
    );
    assert_none(
        &crate::harness::logs::strangers(&browser).await,
        "strangers",
    );

    browser
        .script(
            "document.body.append(Object.assign(document.createElement('button'), { id: 'trap' }));
             const trap = document.querySelector('#trap');
             trap.style.cssText = 'outline: none; position: absolute; left: 2000px';
             trap.onkeydown = (event) => { if (window.trapped) event.preventDefault(); };
             document.body.insertAdjacentHTML('beforeend', '<i style=\"color: red\" id=\"main\">!</i>');
             console.error('a fault');
             fetch('http://127.0.0.2:9/').catch(() => {});
             new Image().src = 'http://127.0.0.3:9/';",
        )
        .await;
    assert_eq!(same_ids(&browser).await, ["main"]);
    let found = axe(&browser).await.join("\n");
    assert!(found.contains("button-name"), "{found}");
    let found = walk(&browser).await.join("\n");
    assert!(found.contains("#trap: no outline"), "{found}");
    browser.script("window.trapped = true").await;
    let found = walk(&browser).await.join("\n");
    assert!(
        found.contains("never reaches the end: it is at \"button#trap"),
        "{found}"
    );
    let found = crate::harness::logs::complaints(&browser, 200)
        .await
        .join("\n");
    for fault in ["a fault", "style-src", "connect-src", "img-src"] {
        assert!(found.contains(fault), "{fault} is not in {found}");
    }
    browser.resize((390, 700), true).await;
    assert!(!too_wide(&browser).await.is_empty());
}
