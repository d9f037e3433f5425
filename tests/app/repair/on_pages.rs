//! Where a repair is offered: the search, an error group, and a queue's list.

use bullkeeper_testkit::TestApp;
use reqwest::StatusCode;

use super::steps::{AMOUNT, asked, fill, repaired, send};

#[tokio::test]
async fn a_repair_begins_from_a_search_a_list_and_an_error_group_whose_recipe_is_offered_again() {
    let app = TestApp::start().await;
    let (mut jobs, admin, operator) = (app.jobs().await, app.admin().await, app.operator().await);
    fill(&mut jobs, "billing", 12).await;

    let search = "/search?q=data.amount+%3D+%221.50%22&queue=billing&part=1";
    let links = admin.page(search).await.attributes("a.btn", "href");
    let repair = links.iter().find(|href| href.contains("/repair?")).unwrap();
    let form = admin.page(repair).await;
    assert_eq!(
        form.attributes("#query", "value"),
        ["data.amount = \"1.50\""]
    );
    let links = operator.page(search).await.attributes("a.btn", "href");
    assert!(!links.iter().any(|href| href.contains("/repair")));

    let list = admin.page("/queue?name=billing&state=failed").await;
    let actions = list.attributes("button", "formaction");
    assert!(
        actions.iter().any(|action| action.ends_with("/repair")),
        "{actions:?}"
    );
    assert!(
        actions
            .iter()
            .any(|action| action.ends_with("/repair/form")),
        "{actions:?}"
    );
    let active = admin.page("/queue?name=billing&state=active").await;
    assert!(active.attributes("button", "formaction").is_empty());

    let groups = admin.page("/failures?queue=billing").await;
    let group = groups.attributes("a", "href");
    let group = group
        .iter()
        .find(|href| href.contains("/failures/group"))
        .unwrap();
    let page = admin.page(group).await;
    let repair = page.attributes("#act a", "href");
    let repair = repair
        .iter()
        .find(|href| href.contains("/repair?"))
        .unwrap();
    assert!(page.all("#recipes").is_empty());
    let form = admin.page(repair).await;
    let group_id = form.attributes("[name=group]", "value").join("");
    let query = form.attributes("#query", "value").join("");
    assert!(query.contains(&format!("group = {group_id}")), "{query}");
    let more = [
        &AMOUNT[..],
        &[("group", group_id.as_str()), ("recipe", "Amounts")],
    ]
    .concat();
    let fields = asked(&query, &more);
    let saved = send(&admin, "/recipe/save", &fields).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    assert!(
        admin
            .page(group)
            .await
            .all("#recipes")
            .join("")
            .contains("Amounts")
    );
    assert!(operator.page(group).await.all("#recipes").is_empty());
    let (_, done) = repaired(&admin, &fields, "done").await;
    assert!(
        done.text().contains("12 done, 0 skipped"),
        "{}",
        done.text()
    );
}
