//! Who asks the cache, what it costs, and what it keeps.

#![allow(clippy::unwrap_used)]

use std::future::{pending, ready};
use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::join_all;
use tokio::sync::{Barrier, Notify};

use super::*;

const SECOND: Duration = Duration::from_secs(1);

type Texts = Cache<&'static str, String, String>;

/// Keeps at most `most` answers, each for a second.
fn cache(most: usize) -> Texts {
    Cache::new(most, |_| SECOND)
}

fn text(text: &str) -> Result<String, String> {
    Ok(text.to_owned())
}

/// Asks, and finds `found` where nothing is kept.
async fn ask(cache: &Texts, key: &'static str, found: &str) -> String {
    let answer = cache.get(key, ready(text(found))).await.unwrap();
    assert_consistent(cache);
    answer
}

fn assert_consistent<K: Eq + Hash, V: Clone, E: Clone>(cache: &Cache<K, V, E>) {
    let kept = cache.lock();
    let bytes: usize = kept.places.values().map(|place| place.bytes).sum();
    assert_eq!(kept.bytes, bytes);
    assert_eq!(kept.places.len(), kept.by_use.len());
    for (used, key) in &kept.by_use {
        assert_eq!(kept.places[key].used, *used);
    }
    assert!(kept.places.len() <= cache.most && kept.bytes <= cache.most_bytes);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_who_ask_at_once_cost_one_computation() {
    let cache = Arc::new(cache(4));
    let (found, all_here) = (Arc::new(AtomicUsize::new(0)), Arc::new(Barrier::new(100)));
    let asking = (0..100).map(|_| {
        let (cache, found, all_here) = (cache.clone(), found.clone(), all_here.clone());
        tokio::spawn(async move {
            all_here.wait().await;
            let find = async {
                tokio::task::yield_now().await;
                text(&format!("{}", found.fetch_add(1, Ordering::Relaxed)))
            };
            cache.get("key", find).await
        })
    });
    for answer in join_all(asking).await {
        assert_eq!(answer.unwrap(), text("0"));
    }
    assert_eq!(found.load(Ordering::Relaxed), 1);
    assert_consistent(&cache);
}

#[tokio::test]
async fn a_failure_is_told_to_all_who_waited_and_is_not_kept() {
    let (cache, found, gate) = (cache(4), AtomicUsize::new(0), Notify::new());
    let fail = || async {
        found.fetch_add(1, Ordering::Relaxed);
        gate.notified().await;
        Err("away".to_owned())
    };
    let asking = join_all((0..100).map(|_| cache.get("key", fail())));
    let (answers, ()) = tokio::join!(asking, async { gate.notify_one() });
    assert_eq!(answers.len(), 100);
    assert!(answers.iter().all(|answer| *answer == Err("away".into())));
    assert_eq!(found.load(Ordering::Relaxed), 1);
    assert_eq!(ask(&cache, "key", "back").await, "back");
}

#[tokio::test]
async fn a_failure_takes_the_place_of_an_outdated_answer() {
    let cache = cache(4);
    ask(&cache, "key", "old").await;
    clock::advance(SECOND);
    let failed = cache.get("key", ready(Err("away".into()))).await;
    assert_eq!(failed, Err("away".to_owned()));
    assert_eq!(ask(&cache, "key", "new").await, "new");
}

#[tokio::test]
async fn who_waits_finds_the_answer_where_the_first_goes_away() {
    let cache = cache(4);
    let mut first = Box::pin(cache.get("key", pending()));
    assert!(futures::poll!(&mut first).is_pending());
    let mut others = Box::pin(join_all(
        (0..3).map(|_| cache.get("key", ready(text("found")))),
    ));
    assert!(futures::poll!(&mut others).is_pending());
    drop(first);
    assert_eq!(others.await, vec![text("found"); 3]);
    assert_eq!(ask(&cache, "key", "again").await, "found");
}

#[tokio::test]
async fn who_waits_finds_the_answer_where_the_first_panics() {
    let cache = Arc::new(cache(4));
    let panicking = Arc::clone(&cache);
    let first = tokio::spawn(async move {
        let find = async { panic!("on purpose") };
        panicking.get("key", find).await
    });
    assert!(first.await.unwrap_err().is_panic());
    assert_eq!(ask(&cache, "key", "found").await, "found");
}

#[tokio::test]
async fn an_answer_is_good_for_its_time_and_not_longer() {
    let cache = cache(4);
    assert_eq!(ask(&cache, "key", "old").await, "old");
    clock::advance(SECOND - Duration::from_millis(100));
    assert_eq!(ask(&cache, "key", "new").await, "old");
    clock::advance(Duration::from_millis(100));
    assert_eq!(ask(&cache, "key", "new").await, "new");
}

#[tokio::test]
async fn how_long_an_answer_is_good_follows_from_how_long_it_took() {
    let cache: Texts = Cache::new(4, |took| took * 3);
    let find = async {
        clock::advance(SECOND * 10);
        text("slow")
    };
    cache.get("key", find).await.unwrap();
    clock::advance(SECOND * 19);
    assert_eq!(ask(&cache, "key", "new").await, "slow");
    clock::advance(SECOND);
    assert_eq!(ask(&cache, "key", "new").await, "new");
}

#[tokio::test]
async fn an_answer_that_took_longer_than_it_is_good_for_is_still_for_all_who_waited() {
    let (cache, found, gate) = (cache(4), AtomicUsize::new(0), Notify::new());
    let find = || async {
        found.fetch_add(1, Ordering::Relaxed);
        gate.notified().await;
        clock::advance(SECOND * 5);
        text("slow")
    };
    let asking = join_all((0..100).map(|_| cache.get("key", find())));
    let (answers, ()) = tokio::join!(asking, async { gate.notify_one() });
    assert_eq!(answers, vec![text("slow"); 100]);
    assert_eq!(found.load(Ordering::Relaxed), 1);
    assert_eq!(ask(&cache, "key", "new").await, "new");
}

#[tokio::test]
async fn an_answer_that_does_not_fit_any_more_is_found_anew() {
    let cache = cache(4);
    ask(&cache, "key", "first").await;
    let ask = |wanted: &'static str| {
        let fits = move |text: &String| text == wanted;
        cache.get_if("key", fits, ready(text(wanted)))
    };
    assert_eq!(ask("first").await, text("first"));
    assert_eq!(ask("second").await, text("second"));
}

#[tokio::test]
async fn no_more_are_kept_than_may_be_and_the_longest_unasked_goes() {
    let cache = cache(2);
    ask(&cache, "a", "1").await;
    ask(&cache, "b", "1").await;
    ask(&cache, "a", "2").await;
    ask(&cache, "c", "1").await;
    assert_eq!(ask(&cache, "a", "2").await, "1");
    assert_eq!(ask(&cache, "b", "2").await, "2", "it was longest unasked");
}

#[tokio::test]
async fn no_more_bytes_are_kept_than_may_be() {
    let cache = cache(100).at_most_bytes(10, String::len);
    ask(&cache, "a", "4444").await;
    ask(&cache, "b", "4444").await;
    ask(&cache, "a", "").await;
    ask(&cache, "c", "333").await;
    assert_eq!(ask(&cache, "a", "").await, "4444");
    assert_eq!(ask(&cache, "c", "").await, "333");
    assert_eq!(ask(&cache, "b", "22").await, "22", "it was longest unasked");
}

#[tokio::test]
async fn an_answer_larger_than_all_that_may_be_kept_drives_nothing_out() {
    let cache = cache(100).at_most_bytes(10, String::len);
    ask(&cache, "small", "22").await;
    assert_eq!(ask(&cache, "large", "elevenbytes").await, "elevenbytes");
    assert_eq!(ask(&cache, "large", "four").await, "four");
    assert_eq!(ask(&cache, "small", "").await, "22");
}

#[tokio::test]
async fn an_answer_that_is_found_anew_counts_once() {
    let cache = cache(100).at_most_bytes(10, String::len);
    ask(&cache, "other", "22").await;
    for _ in 0..5 {
        ask(&cache, "key", "88888888").await;
        ask(&cache, "other", "22").await;
        clock::advance(SECOND);
    }
    assert_eq!(cache.lock().bytes, 10);
}

#[tokio::test]
async fn the_memory_of_outdated_answers_is_given_back_when_another_is_asked_for() {
    let cache = cache(100);
    for key in ["a", "b", "c"] {
        ask(&cache, key, "").await;
    }
    let mut gone = Box::pin(cache.get("gone", pending()));
    assert!(futures::poll!(&mut gone).is_pending());
    drop(gone);
    clock::advance(SECOND);
    ask(&cache, "d", "").await;
    assert_eq!(cache.lock().places.len(), 1);
}

#[tokio::test]
async fn an_answer_that_is_being_found_is_not_taken_for_outdated() {
    let (cache, gate) = (cache(100), Notify::new());
    ask(&cache, "key", "old").await;
    clock::advance(SECOND);
    let find = async {
        gate.notified().await;
        text("new")
    };
    let mut first = Box::pin(cache.get("key", find));
    assert!(futures::poll!(&mut first).is_pending());
    ask(&cache, "other", "").await;
    gate.notify_one();
    assert_eq!(first.await, text("new"));
    assert_eq!(ask(&cache, "key", "newer").await, "new");
}

#[tokio::test]
async fn what_was_asked_before_its_key_was_forgotten_is_given_to_nobody_who_asks_after() {
    let (cache, gate) = (cache(4), Notify::new());
    let find = async {
        gate.notified().await;
        text("before")
    };
    let mut first = Box::pin(cache.get("key", find));
    assert!(futures::poll!(&mut first).is_pending());
    cache.forget(&"key");
    assert_eq!(ask(&cache, "key", "after").await, "after");
    gate.notify_one();
    assert_eq!(first.await, text("before"));
    assert_eq!(ask(&cache, "key", "later").await, "after");
}
