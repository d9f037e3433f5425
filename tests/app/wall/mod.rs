//! The wall: who sees it, what its cookie opens, and what its tiles tell.

mod access;
mod tiles;

use bullkeeper_testkit::TestApp;

/// A token as the setting `wall_token` takes it.
const TOKEN: &str = "a-token-for-the-wall";

/// An application with that token.
async fn app_with_token() -> TestApp {
    TestApp::with(&[("wall_token", TOKEN)]).await
}
