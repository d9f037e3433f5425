//! What the queues did in the hour before the demo. It is stored where BullMQ's workers count it, in the metrics of each queue, and
//! recorded in Bullkeeper's history. So the charts do not begin empty.
//!
//! The third version of the emails was deployed in that hour and took over from the second.

use bullmq::Error;

use crate::clock::unix_millis;
use crate::demo::shop::{self, Shop};
use crate::domain::history::slot::Slot;
use crate::domain::stats::buckets::MinuteTimes;

/// How many minutes the history has.
const MINUTES: u64 = 60;

/// How many minutes before the demo the third version of the emails was deployed.
pub(crate) const DEPLOYED_AGO: u64 = 38;

/// What a queue did before the demo.
pub(crate) struct Past {
    pub(crate) queue: &'static str,
    /// How many jobs were completed in a minute on average.
    completed: u64,
    /// In how many minutes one job failed; 0 for never.
    fails_every: u64,
    workers: u64,
    /// How many milliseconds a job took.
    takes: u64,
}

const fn past(
    queue: &'static str,
    completed: u64,
    fails_every: u64,
    workers: u64,
    takes: u64,
) -> Past {
    Past {
        queue,
        completed,
        fails_every,
        workers,
        takes,
    }
}

/// About as many jobs as `traffic` adds. The old mailer has done the same all the time, so its speed is known at once.
pub(crate) const PASTS: [Past; 10] = [
    past(shop::EMAIL_V1, 39, 0, 1, 1_500),
    past(shop::EMAIL_V2, 12, 20, 1, 900),
    past(shop::EMAIL_V3, 118, 6, 1, 700),
    past(shop::IMAGES, 9, 0, 1, 2_600),
    past(shop::BILLING, 15, 9, 1, 600),
    past(shop::REPORT_V2, 12, 0, 1, 5_000),
    past(shop::ORDERS, 3, 0, 1, 1_200),
    past(shop::WAREHOUSE, 6, 0, 1, 2_500),
    past(shop::REMINDERS, 1, 0, 1, 400),
    past(shop::RATES, 2, 0, 1, 900),
];

/// Adds the metrics, before any worker counts.
pub(crate) async fn fill(shop: &Shop) -> Result<(), Error> {
    let now = unix_millis();
    for past in &PASTS {
        let queue = shop.queue(past.queue).await?;
        let completed: Vec<u64> = (1..=MINUTES).map(|ago| past.completed_in(ago)).collect();
        let failed: Vec<u64> = (1..=MINUTES).map(|ago| past.failed_in(ago)).collect();
        shop.set_metrics(&queue, "completed", now, &completed)
            .await?;
        shop.set_metrics(&queue, "failed", now, &failed).await?;
    }
    Ok(())
}

impl Past {
    /// How many jobs were completed in the minute that ended `ago` minutes before now: about the average, and more in the
    /// middle of the hour.
    fn completed_in(&self, ago: u64) -> u64 {
        // The old mailer works through a backlog, and is never faster or slower.
        if self.queue == shop::EMAIL_V1 {
            return self.completed + ago % 3;
        }
        let average = match self.queue {
            shop::EMAIL_V3 if ago > DEPLOYED_AGO => return 0,
            // The second version did the work of the third before that was deployed.
            shop::EMAIL_V2 if ago > DEPLOYED_AGO => 8 * self.completed,
            _ => self.completed,
        };
        let middle = MINUTES / 2 - ago.abs_diff(MINUTES / 2);
        let percent = 80 + middle + ago * 37 % 17;
        (average * percent).div_ceil(100)
    }

    fn failed_in(&self, ago: u64) -> u64 {
        match self.fails_every {
            _ if self.queue == shop::EMAIL_V3 && ago > DEPLOYED_AGO => 0,
            0 => 0,
            every => u64::from(ago % every == every / 2),
        }
    }

    /// How many jobs were outstanding at the end of that minute: the old mailer's become fewer, and emails piled up for some
    /// minutes at the deploy.
    fn outstanding_at(&self, ago: u64) -> u64 {
        let usual = 2 + self.completed / 10 + ago * 31 % 7;
        match self.queue {
            shop::EMAIL_V1 => 150 + self.completed * (ago - 1),
            shop::EMAIL_V3 if ago > DEPLOYED_AGO => 0,
            shop::EMAIL_V3 if ago + 8 > DEPLOYED_AGO => usual + 60 * (ago + 8 - DEPLOYED_AGO),
            _ => usual,
        }
    }

    /// What is recorded of that minute.
    pub(crate) fn slot(&self, ago: u64) -> Slot {
        let (completed, failed) = (self.completed_in(ago), self.failed_in(ago));
        let left = self.outstanding_at(ago);
        let added = (completed + failed + left).saturating_sub(self.outstanding_at(ago + 1));
        let mut times = MinuteTimes::EMPTY;
        let line = 40 + 1_000 * left / (1 + self.completed);
        for job in 0..completed + failed {
            times.waiting.add(line / 4 + line * (job * 29 % 100) / 70);
            times
                .processing
                .add(self.takes * (70 + job * 43 % 60) / 100);
        }
        let is_there = self.queue != shop::EMAIL_V3 || ago <= DEPLOYED_AGO;
        Slot {
            added: if self.queue == shop::EMAIL_V1 {
                0
            } else {
                added
            },
            completed,
            failed,
            outstanding: Some(left),
            workers: Some(if is_there { self.workers } else { 0 }),
            times,
            ..Slot::QUIET
        }
    }
}
