//! What the workers finished in the hour before the demo, in the place where BullMQ's workers count it: the metrics of each
//! queue. So the charts do not begin empty.

use bullmq::Error;

use crate::clock::unix_millis;
use crate::demo::shop::{self, Shop};

/// How many minutes the history has.
const MINUTES: u64 = 60;

/// What a queue did before the demo.
struct Past {
    queue: &'static str,
    /// How many jobs were completed in a minute on average.
    completed: u64,
    /// In how many minutes one job failed; 0 for never.
    fails_every: u64,
}

const fn past(queue: &'static str, completed: u64, fails_every: u64) -> Past {
    Past {
        queue,
        completed,
        fails_every,
    }
}

/// About as many jobs as `traffic` adds. The old mailer has done the same all the time, so its speed is known at once.
const PASTS: [Past; 10] = [
    past(shop::EMAIL_V1, 39, 0),
    past(shop::EMAIL_V2, 12, 20),
    past(shop::EMAIL_V3, 118, 6),
    past(shop::IMAGES, 9, 0),
    past(shop::BILLING, 15, 9),
    past(shop::REPORT_V2, 12, 0),
    past(shop::ORDERS, 3, 0),
    past(shop::WAREHOUSE, 6, 0),
    past(shop::REMINDERS, 1, 0),
    past(shop::RATES, 2, 0),
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
        let middle = MINUTES / 2 - ago.abs_diff(MINUTES / 2);
        let percent = 80 + middle + ago * 37 % 17;
        (self.completed * percent).div_ceil(100)
    }

    fn failed_in(&self, ago: u64) -> u64 {
        match self.fails_every {
            0 => 0,
            every => u64::from(ago % every == every / 2),
        }
    }
}
