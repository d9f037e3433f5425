//! How tries are counted and delayed.

use super::*;

const NOW: Duration = Duration::from_secs(1_795_830_000);

#[test]
fn the_delay_grows_with_the_tries_and_is_bounded() {
    let seconds = |tries| delay(tries, FREE_OF_PAIR).as_secs();
    assert_eq!(
        [0, 3, 4, 5, 6, 9, 10, 255].map(seconds),
        [0, 0, 1, 2, 4, 32, 60, 60]
    );
}

#[test]
fn a_count_grows_halves_with_time_and_is_forgotten() {
    let mut cell = AttemptCell::default();
    assert_eq!(cell.count(NOW), 0);
    for _ in 0..300 {
        cell = cell.grown(NOW);
    }
    assert_eq!(cell.count(NOW), MOST);
    assert_eq!(cell.wait_of_pair(NOW), LONGEST_DELAY);
    let later = |periods: u32| NOW + HALVES_EVERY * periods;
    assert_eq!(cell.count(later(1)), MOST / 2);
    assert_eq!(cell.count(later(8)), 0);
    assert_eq!(cell.count(later(100_000)), 0);
    assert_eq!(cell.taken_back(NOW).count(NOW), MOST - 1);
    assert_eq!(AttemptCell::default().taken_back(NOW).count(NOW), 0);
}

#[test]
fn a_delay_runs_from_the_last_try() {
    let mut cell = AttemptCell::default();
    for _ in 0..5 {
        cell = cell.grown(NOW);
    }
    assert_eq!(cell.wait_of_pair(NOW), Duration::from_secs(2));
    let soon = NOW + Duration::from_millis(500);
    assert_eq!(cell.wait_of_pair(soon), Duration::from_millis(1500));
    assert_eq!(
        cell.wait_of_pair(NOW + Duration::from_secs(2)),
        Duration::ZERO
    );
    let before = NOW - Duration::from_secs(3);
    assert_eq!(
        cell.wait_of_pair(before),
        Duration::from_secs(2),
        "a clock that went back"
    );
}

#[test]
fn each_kind_of_count_has_cells_of_its_own_in_every_row() {
    let network = Network::of("203.0.113.9");
    let all = [
        AttemptCounts::Pair("ann", &network),
        AttemptCounts::Name("ann"),
        AttemptCounts::Network(&network),
    ];
    for (kind, counted) in all.into_iter().enumerate() {
        for (row, place) in counted.places(b"key").into_iter().enumerate() {
            assert_eq!(place / ROW, kind * ROWS + row);
        }
        assert_ne!(counted.places(b"key"), counted.places(b"another key"));
    }
    assert!(all[2].places(b"key")[ROWS - 1] < CELLS);
}

/// Counts one try for `name` at `network`.
fn count(sketch: &mut AttemptSketch, name: &str, network: &Network) {
    let pair = AttemptCounts::Pair(name, network);
    let places = pair.places(b"key");
    let seen = sketch.read(&places);
    let new = pair.counted(&seen, NOW);
    assert!(sketch.swap(&places, &seen, &new));
    assert!(!sketch.swap(&places, &seen, &new), "counted meanwhile");
}

#[test]
fn a_count_is_never_too_low_and_rarely_too_high() {
    let mut sketch = AttemptSketch::default();
    let network = Network::of("203.0.113.9");
    for invented in 0..4000 {
        count(&mut sketch, &format!("invented-{invented}"), &network);
    }
    for _ in 0..FREE_OF_PAIR + 1 {
        count(&mut sketch, "ann", &network);
    }
    let wait = |name: String| {
        let pair = AttemptCounts::Pair(&name, &network);
        pair.wait(&sketch.read(&pair.places(b"key")), NOW)
    };
    assert!(!wait("ann".into()).is_zero());
    let delayed = (0..1000).filter(|other| !wait(format!("other-{other}")).is_zero());
    assert_eq!(delayed.count(), 0);
}
