//! Counts the runs of a scheduler in a window. Those of an interval are calculated; those of a pattern are gone through, as
//! far as there is room.

use super::window::Buckets;
use crate::domain::schedulers::scheduler::{Scheduler, Standing};
use crate::domain::schedulers::upcoming::Steps;

/// The runs of a scheduler in a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Forecast {
    /// When its stored job is due, in Unix milliseconds, if that is in the window. It is one of the queue's delayed jobs.
    pub(crate) next: Option<u64>,
    /// The runs after it, in each part of the window: their jobs are not stored yet.
    pub(crate) further: Vec<u64>,
    /// Up to when they were counted, in Unix milliseconds, if that is not the window's end.
    pub(crate) counted_until: Option<u64>,
    /// Why only the stored run is known; empty otherwise.
    pub(crate) unknown: String,
}

impl Forecast {
    /// How many runs there are in the window, as far as they were counted.
    pub(crate) fn runs(&self) -> u64 {
        u64::from(self.next.is_some()) + self.further.iter().sum::<u64>()
    }
}

impl Scheduler {
    /// Its runs in a window. At most `room` runs of a pattern are gone through.
    pub(crate) fn forecast(&self, buckets: &Buckets, room: usize) -> Forecast {
        let now = buckets.start();
        let mut forecast = Forecast {
            next: None,
            further: vec![0; buckets.count()],
            counted_until: None,
            unknown: String::new(),
        };
        let standing = self.standing(now);
        if matches!(standing, Standing::Ended | Standing::Stuck) {
            return forecast;
        }
        let is_ahead = self.next >= now && self.next < buckets.end();
        forecast.next = is_ahead.then_some(self.next);
        let left = (self.limit.zip(self.made_of_limit()))
            .map_or(u64::MAX, |(limit, made)| limit.saturating_sub(made));
        match self.steps() {
            Err(why) => forecast.unknown = why,
            Ok((Steps::Every(every), ..)) => {
                self.count_interval(buckets, every, left, &mut forecast)
            }
            Ok((steps, ..)) => self.count_pattern(buckets, &steps, left, room, &mut forecast),
        }
        forecast
    }

    /// Every run makes the next one while it is not past the end, so an interval goes on once more.
    fn count_interval(&self, buckets: &Buckets, every: u64, left: u64, forecast: &mut Forecast) {
        let steps = Steps::Every(every);
        let time = self.next.max(buckets.start());
        let first = steps.after(self, self.next, time);
        let Some(first) = first.filter(|_| steps.may_follow(self, self.next)) else {
            return;
        };
        // The first follows the stored run, wherever it is: those of legacy jobs are aligned, and may be further away.
        let last = (self.end).map_or(u64::MAX, |end| end.saturating_add(every).max(first));
        // How many runs there are before a moment.
        let before = |at: u64| match at.min(last.saturating_add(1)) {
            at if at <= first => 0,
            at => ((at - first - 1) / every + 1).min(left),
        };
        for (part, (from, to)) in forecast.further.iter_mut().zip(buckets.parts()) {
            *part = before(to) - before(from);
        }
    }

    fn count_pattern(
        &self,
        buckets: &Buckets,
        steps: &Steps,
        left: u64,
        room: usize,
        forecast: &mut Forecast,
    ) {
        let (mut last, mut time) = (self.next, self.next.max(buckets.start()));
        let most = usize::try_from(left).unwrap_or(usize::MAX);
        for _ in 0..most.min(room) {
            let next = steps.after(self, last, time);
            let next = next.filter(|next| {
                *next > time && steps.may_follow(self, last) && !steps.is_past_end(self, *next)
            });
            let Some(part) = next.and_then(|next| buckets.part_of(next)) else {
                return;
            };
            forecast.further[part] += 1;
            last = next.unwrap_or(time);
            time = last;
        }
        if most > room {
            forecast.counted_until = Some(time);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::domain::schedulers::scheduler::{Schedule, SchedulerKind};
    use crate::domain::schedulers::upcoming::tests::scheduler;
    use crate::domain::upcoming::window::Window;
    use proptest::prelude::*;

    /// 2026-11-28 20:17:30.250 UTC.
    const NOW: u64 = 1_795_897_050_250;
    const ROOM: usize = 20_000;

    fn pattern(pattern: &str) -> Schedule {
        Schedule::Pattern {
            pattern: pattern.to_owned(),
            zone: Some("UTC".to_owned()),
        }
    }

    /// The runs in the window as the scheduler's page tells them one by one.
    fn one_by_one(one: &Scheduler, buckets: &Buckets, most: usize) -> Vec<u64> {
        let mut counts = vec![0; buckets.count()];
        for run in one.upcoming(buckets.start(), most).runs.iter().skip(1) {
            if let Some(part) = buckets.part_of(run.at) {
                counts[part] += 1;
            }
        }
        counts
    }

    #[test]
    fn a_week_of_seconds_is_counted_without_going_through_it() {
        let one = scheduler(Schedule::Every(1_000), NOW + 500);
        let buckets = Buckets::of(Window::Week, NOW);
        let forecast = one.forecast(&buckets, 0);
        assert_eq!(forecast.runs(), 604_800);
        assert_eq!(forecast.counted_until, None);
    }

    #[test]
    fn a_pattern_is_counted_up_to_the_room_and_says_so() {
        let one = scheduler(pattern("* * * * *"), NOW + 29_750);
        let buckets = Buckets::of(Window::Day, NOW);
        assert_eq!(one.forecast(&buckets, ROOM).runs(), 1_440);
        let short = one.forecast(&buckets, 100);
        assert_eq!(
            (short.runs(), short.counted_until),
            (101, Some(NOW + 29_750 + 6_000_000))
        );
    }

    #[test]
    fn a_scheduler_that_is_stuck_or_over_has_no_runs_and_one_without_a_zone_only_the_stored_one() {
        let buckets = Buckets::of(Window::Hour, NOW);
        let mut one = scheduler(Schedule::Every(1_000), NOW + 5_000);
        one.limit = Some(1);
        assert_eq!(
            one.forecast(&buckets, ROOM).runs(),
            1,
            "only the stored one is left"
        );
        one.pending = None;
        assert_eq!(one.forecast(&buckets, ROOM).runs(), 0);
        let mut one = scheduler(pattern("0 9 * * *"), NOW + 5_000);
        one.schedule = Schedule::Pattern {
            pattern: "0 9 * * *".to_owned(),
            zone: None,
        };
        let forecast = one.forecast(&buckets, ROOM);
        assert_eq!(forecast.runs(), 1);
        assert!(
            forecast.unknown.contains("Only the next run"),
            "{}",
            forecast.unknown
        );
    }

    proptest! {
        #[test]
        fn an_interval_is_counted_as_its_page_tells_it(
            every in 20_000_u64..5_000_000,
            ahead in -3_600_000_i64..3_600_000,
            offset in 0_u64..30_000,
            end in proptest::option::of(-100_000_i64..4_000_000),
            limit in proptest::option::of(1_u64..40),
            legacy in any::<bool>(),
        ) {
            let mut one = scheduler(Schedule::Every(every), NOW.saturating_add_signed(ahead));
            one.offset = offset;
            one.end = end.map(|end| NOW.saturating_add_signed(end));
            one.limit = limit;
            if legacy {
                one.kind = SchedulerKind::Legacy;
            }
            let buckets = Buckets::of(Window::Hour, NOW);
            let told = one_by_one(&one, &buckets, 400);
            prop_assert_eq!(one.forecast(&buckets, ROOM).further, told);
        }

        #[test]
        fn a_pattern_is_counted_as_its_page_tells_it(
            minute in 0_u32..60,
            step in 1_u32..30,
            end in proptest::option::of(0_u64..90_000_000),
            limit in proptest::option::of(1_u64..40),
        ) {
            let at = format!("{}/{} * * * *", minute % step, step);
            let next = NOW / 60_000 * 60_000 + 60_000;
            let mut one = scheduler(pattern(&at), next);
            one.end = end.map(|end| NOW + end);
            one.limit = limit;
            let buckets = Buckets::of(Window::Day, NOW);
            let told = one_by_one(&one, &buckets, 2_000);
            prop_assert_eq!(one.forecast(&buckets, ROOM).further, told);
        }
    }
}
