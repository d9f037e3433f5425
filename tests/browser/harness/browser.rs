//! A user's browser: what they see, click and type, and its developer tools, logs and requests.

use std::fmt::Debug;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use thirtyfour::{By, Key, WebDriver, WebElement};

use crate::harness::chromium::Chromedriver;
use bullkeeper_testkit::{PASSWORD, TestApp, eventually};

/// A window as wide and high as a desktop's.
pub const DESKTOP: (u32, u32) = (1440, 900);

/// How long a script may take. The checks of a large page take some seconds where nothing else runs.
const SCRIPT_WITHIN: Duration = Duration::from_secs(120);

/// One Chromium with one window on one application. Fields are dropped in this order: session, driver, folder.
#[derive(Debug)]
pub struct Browser {
    pub driver: WebDriver,
    _chromedriver: Chromedriver,
    _profile: TempDir,
    pub root: String,
}

impl Browser {
    pub async fn open(app: &TestApp) -> Self {
        Self::with(app, true).await
    }

    /// A browser with JavaScript turned off.
    pub async fn without_scripts(app: &TestApp) -> Self {
        Self::with(app, false).await
    }

    async fn with(app: &TestApp, scripts: bool) -> Self {
        let chromedriver = Chromedriver::start();
        let profile = tempfile::tempdir().unwrap();
        let driver = chromedriver.chromium(&profile, scripts).await;
        let browser = Self {
            driver,
            _chromedriver: chromedriver,
            _profile: profile,
            root: format!("http://{}{}", app.address, app.base),
        };
        let patience = browser.driver.set_script_timeout(SCRIPT_WITHIN).await;
        patience.unwrap();
        browser.resize(DESKTOP, false).await;
        // A window in the background has no focus to show.
        let focus = json!({ "enabled": true });
        browser
            .tools("Emulation.setFocusEmulationEnabled", focus)
            .await;
        browser
    }

    /// Sets the page's size in CSS pixels; a phone has touch instead of a mouse.
    pub async fn resize(&self, (width, height): (u32, u32), phone: bool) {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone });
        self.tools("Emulation.setDeviceMetricsOverride", size).await;
        let touch = json!({ "enabled": phone });
        self.tools("Emulation.setTouchEmulationEnabled", touch)
            .await;
    }

    /// Sets the system's light or dark preference. Motion is reduced, so that no colour is seen half-way.
    pub async fn scheme(&self, scheme: &str) {
        let features = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]});
        self.tools("Emulation.setEmulatedMedia", features).await;
    }

    /// A command of the developer tools.
    pub async fn tools(&self, method: &str, parameters: Value) -> Value {
        let answer = self.driver.cdp().send_raw(method, parameters).await;
        answer.unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    pub async fn goto(&self, path: &str) {
        let url = format!("{}{path}", self.root);
        self.driver.goto(&url).await.unwrap();
    }

    /// Signs in by the form, wherever that leads.
    pub async fn sign_in(&self, name: &str) {
        self.fill("name", name).await;
        self.fill("password", PASSWORD).await;
        self.click("Sign in").await;
        self.arrive("they are signed in", |path| !path.starts_with("/sign-in"))
            .await;
    }

    /// Signs in as somebody else on the sign-in page.
    pub async fn sign_in_as(&self, name: &str) {
        self.driver.delete_all_cookies().await.unwrap();
        self.goto("/sign-in").await;
        self.sign_in(name).await;
    }

    /// Replaces the text of the field with this name.
    pub async fn fill(&self, field: &str, text: &str) {
        let field = self.one(&format!("[name='{field}']:not([hidden])")).await;
        field.click().await.unwrap();
        self.press_with(Key::Control, "a").await;
        self.type_text(text).await;
    }

    /// Types with the keyboard into whatever has the focus.
    pub async fn type_text(&self, text: &str) {
        self.driver
            .action_chain()
            .send_keys(text)
            .perform()
            .await
            .unwrap();
    }

    pub async fn press(&self, key: Key) {
        self.type_text(&key.value().to_string()).await;
    }

    pub async fn press_with(&self, held: Key, key: impl AsRef<str>) {
        let keys = self.driver.action_chain().key_down(held.clone());
        let keys = keys.send_keys(key.as_ref()).key_up(held);
        keys.perform().await.unwrap();
    }

    /// The one element that `selector` selects, once it exists.
    pub async fn one(&self, selector: &str) -> WebElement {
        eventually(&format!("{selector} is there, and only once"), || async {
            let found = self.driver.find_all(By::Css(selector)).await;
            found.is_ok_and(|found| found.len() == 1)
        })
        .await;
        self.driver.find(By::Css(selector)).await.unwrap()
    }

    /// Clicks the first link, button or summary named `name`.
    pub async fn click(&self, name: &str) {
        // XPath has no escapes: a quotation mark is quoted by itself.
        let quoted = format!("concat(\"{}\", \"\")", name.replace('"', "\", '\"', \""));
        let path =
            format!("//*[self::a or self::button or self::summary][normalize-space()={quoted}]");
        eventually(&format!("{name} can be clicked"), || async {
            match self.driver.find(By::XPath(&path)).await {
                Ok(found) => found.click().await.is_ok(),
                Err(_) => false,
            }
        })
        .await;
    }

    /// Waits until the page shows `text`.
    pub async fn see(&self, text: &str) {
        let seen = std::cell::RefCell::new(String::new());
        let condition = || async {
            *seen.borrow_mut() = self.text().await;
            seen.borrow().contains(text)
        };
        let wait = eventually(text, condition);
        let told = tokio::time::timeout(Duration::from_secs(50), wait).await;
        assert!(
            told.is_ok(),
            "{text:?} is not to be seen in\n{}",
            seen.borrow()
        );
    }

    /// The visible text of the page; empty while there is no page.
    pub async fn text(&self) -> String {
        match self.driver.find(By::Tag("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    /// The texts of what `selector` selects.
    pub async fn texts(&self, selector: &str) -> Vec<String> {
        let mut texts = Vec::new();
        for element in self.driver.find_all(By::Css(selector)).await.unwrap() {
            texts.push(element.text().await.unwrap());
        }
        texts
    }

    /// The path and query of the page's address, under the base path.
    pub async fn path(&self) -> String {
        let url = self.driver.current_url().await.unwrap().to_string();
        url.strip_prefix(&self.root).unwrap_or(&url).to_owned()
    }

    /// Waits until the page's address is as wanted.
    pub async fn arrive(&self, what: &str, wanted: impl Fn(&str) -> bool) {
        eventually(what, || async { wanted(&self.path().await) }).await;
    }

    /// The result of a script.
    pub async fn script(&self, script: &str) -> Value {
        let returned = self.driver.execute(script, Vec::new()).await;
        let returned = returned.unwrap_or_else(|error| panic!("{script}\n{error}"));
        returned.json().clone()
    }

    /// Waits until a script's expression is true.
    pub async fn until(&self, what: &str, expression: &str) {
        let script = format!("return Boolean({expression})");
        eventually(what, || async {
            // A page that is being left has no answer.
            let returned = self.driver.execute(script.as_str(), Vec::new()).await;
            returned.is_ok_and(|returned| returned.json() == true)
        })
        .await;
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver's own way to end asks over a connection that this thread would have to serve while it waits for the
        // answer. Chromedriver ends the session instead.
        let _ = self.driver.clone().leak();
    }
}

/// Fails with all the faults that a check found.
pub fn assert_none<T: Debug>(faults: &[T], what: &str) {
    assert!(faults.is_empty(), "{} {what}:\n{faults:#?}", faults.len());
}
