//! The kind of a grant: a user, what they may, and for which queues.

use super::SettingKind;
use crate::domain::access::GrantRule;

/// What a user may for some queues, as `carol may reveal, approve on billing/*`.
pub(in crate::config) fn grant_rule() -> SettingKind<GrantRule> {
    let allowed = "a user's name, may, one or more of repair, reveal, approve and bulk, on, and one or more queue patterns, \
                   such as carol may reveal and approve on billing/*";
    SettingKind::new("GRANT", allowed, str::parse)
}
