//! Recipes: repairs that are kept, run again, and taken along as files.

use bullkeeper_testkit::{EditForm, TestApp};
use reqwest::StatusCode;

use super::steps::{AMOUNT, asked, data, fill, repaired, review, send};

const NAME: &str = "Amounts as numbers";

#[tokio::test]
async fn a_recipe_is_saved_opened_changed_and_run_and_each_step_is_recorded() {
    let app = TestApp::start().await;
    let (mut jobs, admin) = (app.jobs().await, app.admin().await);
    fill(&mut jobs, "billing", 4).await;
    let query = "finished > 24h ago";
    let fields = asked(
        query,
        &[&AMOUNT[..], &[("recipe", NAME), ("reason", "as usual")]].concat(),
    );
    let saved = send(&admin, "/recipe/save", &fields).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    let again = send(&admin, "/recipe/save", &fields).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "the name is taken");
    assert_eq!(again.attributes("#recipe", "value"), [NAME]);

    let form = admin
        .page("/repair?queue=billing&recipe=Amounts%20as%20numbers")
        .await;
    assert_eq!(form.attributes("#query", "value"), [query]);
    let form = EditForm::of(&form, "/repair/review").set("query", "finished > 48h ago");
    let form = form
        .set("what", "convert")
        .set("at", "/amount")
        .set("to", "number");
    let form = form.set("kind", "steps");
    let saved = send(&admin, "/recipe/save", &form.pairs()).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    let path = "/recipe?queue=billing&recipe=Amounts%20as%20numbers";
    assert!(admin.page(path).await.text().contains("48h ago"));
    assert!(
        admin
            .page(&format!("{path}&version=1"))
            .await
            .text()
            .contains("24h ago")
    );

    let page = review(&admin, &form.pairs()).await;
    assert!(
        page.text().contains("4 jobs would change."),
        "{}",
        page.text()
    );
    let (_, page) = repaired(&admin, &form.pairs(), "done").await;
    assert!(page.text().contains("4 done"), "{}", page.text());
    assert_eq!(
        data(&mut jobs, "billing", "1").await,
        r#"{"amount":1.5,"keep":1.0}"#
    );

    let file = admin
        .page("/recipe/export?queue=billing&recipe=Amounts%20as%20numbers")
        .await;
    let deleted = send(
        &admin,
        "/recipe/delete",
        &[("queue", "billing"), ("recipe", NAME)],
    )
    .await;
    assert_eq!(deleted.status, StatusCode::SEE_OTHER);
    assert_eq!(admin.get(path).await.status(), StatusCode::NOT_FOUND);
    let imported = send(&admin, "/recipes/import", &[("file", &file.body)]).await;
    assert_eq!(
        imported.status,
        StatusCode::SEE_OTHER,
        "{}",
        imported.text()
    );
    assert!(admin.page(path).await.text().contains("48h ago"));
    let entries = jobs.audit().await;
    let recipes: Vec<(&str, &str)> = entries
        .iter()
        .filter(|entry| entry.get("action").starts_with("recipe."))
        .map(|entry| (entry.get("action"), entry.get("note")))
        .collect();
    assert_eq!(
        recipes,
        [
            ("recipe.save", "recipe \"Amounts as numbers\", version 1"),
            ("recipe.save", "recipe \"Amounts as numbers\", version 2"),
            ("recipe.export", "recipe \"Amounts as numbers\", version 2"),
            ("recipe.delete", "recipe \"Amounts as numbers\""),
            (
                "recipe.save",
                "imported: recipe \"Amounts as numbers\", version 1"
            ),
        ]
    );
}

#[tokio::test]
async fn recipes_are_bounded_and_a_file_that_is_none_is_refused_with_its_text() {
    let app = TestApp::start().await;
    let (mut jobs, admin) = (app.jobs().await, app.admin().await);
    fill(&mut jobs, "billing", 1).await;
    for number in 0..100 {
        let name = format!("n{number}");
        let fields = asked("", &[&AMOUNT[..], &[("recipe", &name)]].concat());
        let saved = send(&admin, "/recipe/save", &fields).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    }
    let fields = asked("", &[&AMOUNT[..], &[("recipe", "one more")]].concat());
    let full = send(&admin, "/recipe/save", &fields).await;
    assert_eq!(full.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        full.text().contains("100 recipes are kept"),
        "{}",
        full.text()
    );
    for version in 1..=25 {
        let version = version.to_string();
        let fields = asked(
            "",
            &[&AMOUNT[..], &[("recipe", "n7"), ("version", &version)]].concat(),
        );
        let saved = send(&admin, "/recipe/save", &fields).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    }
    let keys: Vec<String> = jobs.run(&["KEYS", "bullkeeper:recipe:*"]).await;
    let mut most = 0;
    for key in keys {
        most = most.max(jobs.run::<u64>(&["LLEN", &key]).await);
    }
    assert_eq!(most, 20);
    for file in ["{", "{\"format\":\"other/1\",\"recipe\":{}}", "[]"] {
        let refused = send(&admin, "/recipes/import", &[("file", file)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{file}");
        assert_eq!(refused.all("#file").join("").trim(), file);
    }
}

#[tokio::test]
async fn a_recipe_is_hidden_from_those_who_may_not_repair_its_queue() {
    let app = TestApp::start().await;
    let (mut jobs, admin, operator) = (app.jobs().await, app.admin().await, app.operator().await);
    fill(&mut jobs, "billing", 1).await;
    let fields = asked("", &[&AMOUNT[..], &[("recipe", NAME)]].concat());
    send(&admin, "/recipe/save", &fields).await;
    assert!(admin.page("/recipes").await.text().contains(NAME));
    assert!(!operator.page("/recipes").await.text().contains(NAME));
    let path = "/recipe?queue=billing&recipe=Amounts%20as%20numbers";
    assert_eq!(operator.get(path).await.status(), StatusCode::FORBIDDEN);
}
