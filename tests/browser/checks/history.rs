//! The crosshair of the history's charts: values are read point by point with the keyboard, and by pointing.

use bullkeeper_testkit::now;
use thirtyfour::Key;

use crate::harness::browser::Browser;
use crate::harness::shop::Shop;

/// What the chart of the throughput says, and whether it is read out.
const READ: &str = "
const told = document.querySelector('#chart-throughput output');
return [told.textContent.replace(/\\s+/g, ' ').trim(), told.getAttribute('aria-live')];";

/// Moves the focus to the chart of the throughput.
pub(super) const FOCUS: &str = "document.querySelector('#chart-throughput [data-chart]').focus()";

async fn read(browser: &Browser) -> (String, String) {
    let told = browser.script(READ).await;
    let text = |at: usize| told[at].as_str().unwrap().to_owned();
    (text(0), text(1))
}

/// A shop with three minutes that workers counted, a viewer's browser, and when the last of the minutes ends, in Unix milliseconds.
pub(super) async fn three_minutes() -> (Shop, Browser, u64) {
    let mut shop = Shop::open().await;
    let to = now() / 60_000 * 60_000;
    shop.jobs
        .counted_by_workers("email/v1", to, &[3, 5, 7], &[0, 1, 0])
        .await;
    shop.counted(&["email/v1"]).await;
    let browser = Browser::open(&shop.app).await;
    browser.sign_in_as("viewer").await;
    (shop, browser, to)
}

#[tokio::test]
async fn the_values_of_a_chart_are_read_point_by_point_with_the_keyboard_and_by_pointing() {
    let (_shop, browser, to) = three_minutes().await;
    let from = to - 10 * 60_000;
    browser
        .goto(&format!("/queue/history?name=email/v1&from={from}&to={to}"))
        .await;
    browser
        .until(
            "the chart is a slider",
            "document.querySelector('[data-chart][role=slider]')",
        )
        .await;
    let (at_first, live) = read(&browser).await;
    assert!(
        at_first.contains("completed 3 added – failed 0"),
        "{at_first}"
    );
    assert_eq!(live, "off");

    browser.script(FOCUS).await;
    browser.press(Key::Left).await;
    let (told, live) = read(&browser).await;
    assert!(told.contains("completed 5"), "{told}");
    assert!(told.contains("BullMQ’s metrics"), "{told}");
    assert_eq!(live, "polite");
    browser.press(Key::Home).await;
    let (told, _) = read(&browser).await;
    assert!(
        told.contains("completed – ") && told.contains("not recorded"),
        "{told}"
    );
    browser.press(Key::End).await;
    let (told, _) = read(&browser).await;
    assert_eq!(
        told.contains("completed 3"),
        at_first.contains("completed 3"),
        "{told}"
    );
    let slider = browser.one("#chart-throughput [data-chart]").await;
    let last = slider.attr("aria-valuemax").await.unwrap();
    assert_eq!(slider.attr("aria-valuenow").await.unwrap(), last);

    // The arrow does not leave the first point.
    browser.press(Key::Home).await;
    browser.press(Key::Left).await;
    assert_eq!(
        slider.attr("aria-valuenow").await.unwrap().as_deref(),
        Some("0")
    );
    browser.press(Key::Tab).await;
    assert_eq!(read(&browser).await, (at_first, "off".to_owned()));

    browser
        .driver
        .action_chain()
        .move_to_element_center(&slider)
        .perform()
        .await
        .unwrap();
    browser
        .until(
            "the crosshair is shown",
            "document.querySelector('#chart-throughput .cross:not([hidden])')",
        )
        .await;
}
