//! Pictures of the pages, made only for `scripts/screenshots`.

use std::path::{Path, PathBuf};

use base64::Engine;
use serde_json::json;

use crate::harness::browser::{Browser, DESKTOP};
use crate::harness::places::{Place, edit_path};
use crate::harness::shop::{JOB, QUEUE, Shop};
use crate::harness::steps;

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

#[tokio::test]
#[ignore = "makes docs/*.png; run by scripts/screenshots"]
async fn the_pictures_of_the_readme() {
    let mut shop = Shop::open().await;
    let browser = Browser::open(&shop.app).await;
    browser.scheme("light").await;
    browser.sign_in_as("admin").await;
    browser.goto(&edit_path(QUEUE, JOB)).await;
    let mended = steps::mended(&shop.charge().await);
    steps::replace_text(&browser, &mended).await;
    browser.click("Review changes").await;
    browser.see("Review your edit").await;
    let reason = "The address lost its @; the amount as on the invoice";
    browser.fill("reason", reason).await;
    picture(&browser, "review.png").await;

    shop.stock().await;
    shop.hire().await;
    shop.forget("a-name-as-long-as-a-sentence-without-a-single-space/v2")
        .await;
    for (path, shown, name) in [
        ("/", "draining", "overview.png"),
        ("/family?name=email", "draining", "family.png"),
    ] {
        browser.goto(path).await;
        browser.see(shown).await;
        picture(&browser, name).await;
    }
}

/// A picture of the window, for the README.
async fn picture(browser: &Browser, name: &str) {
    let file = folder("docs").join(name);
    browser.driver.screenshot(&file).await.unwrap();
}

#[tokio::test]
#[ignore = "makes target/pages/*.png, to look at; run by scripts/screenshots --all"]
async fn every_page_light_and_dark_wide_and_narrow() {
    let folder = folder("target/pages");
    let mut shop = Shop::open().await;
    shop.stock().await;
    let browser = Browser::open(&shop.app).await;
    for (number, place) in Place::ALL.into_iter().enumerate() {
        place.reach(&browser, &mut shop).await;
        for scheme in ["light", "dark"] {
            browser.scheme(scheme).await;
            for (size, phone) in [(DESKTOP, false), ((390, 844), true)] {
                browser.resize(size, phone).await;
                let picture = whole(&browser).await;
                let name = format!("{number:02}-{place:?}-{scheme}-{}.png", size.0);
                std::fs::write(folder.join(name), picture).unwrap();
            }
        }
        browser.resize(DESKTOP, false).await;
    }
}

/// The page from top to end, up to some windows' height.
async fn whole(browser: &Browser) -> Vec<u8> {
    let size = browser
        .script("return [innerWidth, Math.min(document.documentElement.scrollHeight, 3000)]")
        .await;
    let clip = json!({ "x": 0, "y": 0, "width": size[0], "height": size[1], "scale": 1 });
    let asked = json!({ "captureBeyondViewport": true, "clip": clip });
    let picture = browser.tools("Page.captureScreenshot", asked).await;
    let picture = picture["data"].as_str().unwrap();
    base64::engine::general_purpose::STANDARD
        .decode(picture)
        .unwrap()
}
