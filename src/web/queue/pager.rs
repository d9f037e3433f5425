//! The pages of a list: the first, the last, and those around the one that is shown.

/// Links to the pages of a list.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Pager {
    /// The neighbouring pages; empty where there is none.
    pub(crate) previous: String,
    pub(crate) next: String,
    /// The pages that are offered, in their order; empty where there is one page only.
    pub(crate) pages: Vec<PageLink>,
}

/// One page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PageLink {
    /// Its number, from 1.
    pub(crate) number: u64,
    pub(crate) href: String,
    pub(crate) current: bool,
    /// Pages before it are not offered.
    pub(crate) after_gap: bool,
}

/// How many pages are offered on each side of the one that is shown.
const AROUND: u64 = 2;

impl Pager {
    /// The pages of a list of `total` rows of which `size` (at least 1) are shown from row `from` on. `href` makes the
    /// address that begins with a row.
    pub(crate) fn new(from: u64, size: u64, total: u64, href: impl Fn(u64) -> String) -> Self {
        let last = total.div_ceil(size).max(1);
        let current = from / size + 1;
        let offered = std::iter::once(1)
            .chain(
                current.saturating_sub(AROUND).max(2)
                    ..=current.saturating_add(AROUND).min(last - 1),
            )
            .chain((last > 1).then_some(last));
        let mut before = 0;
        let pages = offered.map(|number| {
            let after_gap = number > before + 1;
            before = number;
            PageLink {
                number,
                href: href((number - 1) * size),
                current: number == current,
                after_gap,
            }
        });
        Self {
            pages: match last {
                1 => Vec::new(),
                _ => pages.collect(),
            },
            previous: match from {
                0 => String::new(),
                // Beyond the end the last page is the one before.
                from => href(from.saturating_sub(size).min((last - 1) * size)),
            },
            next: match from.saturating_add(size) {
                next if next < total => href(next),
                _ => String::new(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers that are offered, `…` for those left out, and the current one in brackets.
    fn told(from: u64, size: u64, total: u64) -> String {
        let pager = Pager::new(from, size, total, |from| from.to_string());
        let number = |page: &PageLink| {
            let gap = if page.after_gap { "… " } else { "" };
            match page.current {
                true => format!("{gap}[{}]", page.number),
                false => format!("{gap}{}", page.number),
            }
        };
        let pages: Vec<String> = pager.pages.iter().map(number).collect();
        format!("{}<{}>{}", pager.previous, pages.join(" "), pager.next)
    }

    #[test]
    fn the_first_the_last_and_the_pages_around_are_offered() {
        assert_eq!(told(0, 50, 0), "<>");
        assert_eq!(told(0, 50, 50), "<>");
        assert_eq!(told(0, 50, 51), "<[1] 2>50");
        assert_eq!(told(50, 50, 51), "0<1 [2]>");
        assert_eq!(told(0, 50, 1_000), "<[1] 2 3 … 20>50");
        assert_eq!(told(450, 50, 1_000), "400<1 … 8 9 [10] 11 12 … 20>500");
        assert_eq!(told(950, 50, 1_000), "900<1 … 18 19 [20]>");
    }

    #[test]
    fn beyond_the_end_the_last_page_is_the_one_before() {
        assert_eq!(told(5_000, 50, 60), "50<1 2>");
        assert_eq!(told(5_000, 50, 0), "0<>");
        assert_eq!(told(u64::MAX, 50, 60), "50<1 2>");
    }
}
