//! Comparing two versions: requesting it, and reading the rows.

use crate::{Person, Seen, eventually, serde_urlencoded};

/// Waits until the versions of a family are known, as many as there are.
pub async fn known(person: &Person, versions: &[&str]) {
    eventually("the versions are known", || async {
        let text = person.page("/").await.text();
        versions.iter().all(|version| text.contains(version))
    })
    .await;
}

/// Asks for the comparison of the family `order`.
pub async fn compare(person: &Person, query: &[(&str, &str)]) -> Seen {
    let query = [&[("name", "order")], query].concat();
    let path = format!("/family/compare?{}", serde_urlencoded(&query));
    Seen::of(person.get(&path).await).await
}

/// Key and verdict of every row.
pub fn rows(seen: &Seen) -> Vec<(String, String)> {
    let keys = seen.all("tbody th.mono");
    let verdicts = seen.all("td .chip");
    assert_eq!(keys.len(), verdicts.len(), "{}", seen.text());
    keys.into_iter().zip(verdicts).collect()
}

/// The verdict of the row of this key.
pub fn verdict_of(seen: &Seen, key: &str) -> String {
    let found = rows(seen).into_iter().find(|(other, _)| other == key);
    found
        .unwrap_or_else(|| panic!("no pair {key} in {}", seen.text()))
        .1
}
