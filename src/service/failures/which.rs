//! Over which time failures are looked at.

use strum::{EnumString, IntoStaticStr, VariantArray};

use crate::domain::failures::groups::Window;

/// Over which time failures are looked at.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, VariantArray, EnumString, IntoStaticStr,
)]
#[strum(parse_err_ty = String, parse_err_fn = no_span)]
pub enum FailureSpan {
    /// One hour.
    #[strum(serialize = "1h")]
    Hour,
    /// One day.
    #[default]
    #[strum(serialize = "24h")]
    Day,
    /// One week.
    #[strum(serialize = "7d")]
    Week,
    /// 30 days.
    #[strum(serialize = "30d")]
    Month,
    /// 365 days.
    #[strum(serialize = "1y")]
    Year,
}

fn no_span(text: &str) -> String {
    format!("failures can't be shown for {text:?}; allowed are 1h, 24h, 7d, 30d and 1y")
}

impl FailureSpan {
    /// Its name in addresses.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// `the last 24 hours`.
    pub fn words(self) -> &'static str {
        match self {
            Self::Hour => "the last hour",
            Self::Day => "the last 24 hours",
            Self::Week => "the last 7 days",
            Self::Month => "the last 30 days",
            Self::Year => "the last 365 days",
        }
    }

    /// When it began, as a query says it: `24h ago`.
    pub fn ago(self) -> &'static str {
        match self {
            Self::Hour => "1h ago",
            Self::Day => "24h ago",
            Self::Week => "7d ago",
            Self::Month => "30d ago",
            Self::Year => "365d ago",
        }
    }

    fn millis(self) -> u64 {
        const HOUR: u64 = 3_600_000;
        match self {
            Self::Hour => HOUR,
            Self::Day => 24 * HOUR,
            Self::Week => 7 * 24 * HOUR,
            Self::Month => 30 * 24 * HOUR,
            Self::Year => 365 * 24 * HOUR,
        }
    }

    /// The span that ends at `now`, Unix milliseconds.
    pub fn until(self, now: u64) -> Window {
        Window {
            from: now.saturating_sub(self.millis()),
            // Clocks of workers may be a little ahead.
            to: now.saturating_add(60_000),
        }
    }

    /// The shortest of a day or more that ends at `now` and holds `at`.
    pub fn holding(at: u64, now: u64) -> Self {
        let holds = |span: &&Self| span.until(now).from <= at;
        *Self::VARIANTS[1..]
            .iter()
            .find(holds)
            .unwrap_or(&Self::Year)
    }
}
