use super::permission::{ALL, Operate};
use super::scope::Scope;
use super::*;
use crate::domain::job::JobId;
use crate::domain::job::job_ref::JobRef;
use crate::domain::operations::on_queue::QueueOperation;
use crate::domain::operations::{JobOperation, Operation};
use crate::domain::queue::QueueId;

fn queue(name: &str) -> QueueId {
    QueueId::new("bull", name).unwrap()
}

fn person(role: Role, patterns: &[&str], read_only: bool) -> Operator {
    let scope = Scope::of(patterns.iter().map(|p| (*p).to_owned()).collect());
    Operator::new(
        Actor::User("ann".into()),
        role,
        scope,
        Origin::default(),
        read_only,
    )
}

#[test]
fn each_role_may_do_exactly_what_the_table_says() {
    let table = [
        (Action::View, [true, true, true]),
        (Action::EditData, [false, true, true]),
        (Action::Reveal, [false, false, false]),
        (Action::ApproveRepair, [false, false, false]),
        (Action::BreakGlass, [false, false, true]),
        (Action::AddJob, [false, true, true]),
        (Action::Operate(Operation::Retry), [false, true, true]),
        (Action::Operate(Operation::Promote), [false, true, true]),
        (Action::Operate(Operation::Reschedule), [false, true, true]),
        (
            Action::Operate(Operation::ChangePriority),
            [false, true, true],
        ),
        (Action::Operate(Operation::Remove), [false, true, true]),
        (
            Action::Operate(Operation::RemoveWithChildren),
            [false, true, true],
        ),
        (Action::Operate(Operation::FailStuck), [false, true, true]),
        (
            Action::Operate(Operation::CompleteStuck),
            [false, true, true],
        ),
        (
            Action::Operate(Operation::RemoveWithoutChildren),
            [false, true, true],
        ),
        (Action::Operate(Operation::ClearLog), [false, true, true]),
        (Action::OperateMany, [false, true, true]),
        (Action::RepairMany, [false, false, true]),
        (Action::ReadAudit, [false, true, true]),
        (Action::SilenceAlerts, [false, true, true]),
        (Action::MarkMoment, [false, false, true]),
        (Action::ViewServer, [true, true, true]),
        (Action::ManageUsers, [false, false, true]),
        (Action::ChangeOwnPassword, [true, true, true]),
        (Action::PinVersion, [false, false, true]),
        (Action::RetireVersion, [false, false, true]),
        (Action::MoveJobs, [false, false, true]),
        (Action::SetScheduler, [false, false, true]),
        (Action::RunScheduler, [false, false, true]),
        (Action::RemoveScheduler, [false, false, true]),
    ];
    let on_queues = QueueOperation::ALL.iter().copied();
    let on_queues = on_queues.map(|one| (Action::OperateQueue(one), [false, false, true]));
    let table: Vec<_> = table.into_iter().chain(on_queues).collect();
    assert_eq!(table.len(), Action::all().count());
    for (action, allowed) in table {
        for (&role, allowed) in Role::ALL.iter().zip(allowed) {
            assert_eq!(
                person(role, &[], false).may(action, &queue("email/v1")),
                allowed,
                "{role} {action:?}"
            );
        }
    }
}

#[test]
fn each_grant_allows_exactly_one_action_on_the_queues_that_it_names() {
    let table = [
        (Grant::Repair, Action::EditData),
        (Grant::Reveal, Action::Reveal),
        (Grant::Approve, Action::ApproveRepair),
        (Grant::Bulk, Action::RepairMany),
    ];
    assert_eq!(table.len(), Grant::ALL.len());
    let granted = |action: &Action| action.granted_by().is_some();
    assert_eq!(Action::all().filter(granted).count(), table.len());
    for (grant, allowed) in table {
        let rules = [format!("ann may {grant} on billing/*").parse().unwrap()];
        for &role in Role::ALL {
            let without = person(role, &[], false);
            let with = without.clone().holding(Grants::of("ann", &rules));
            for action in Action::all() {
                let by_role = without.may(action, &queue("billing/v1"));
                assert_eq!(
                    with.may(action, &queue("billing/v1")),
                    by_role || action == allowed,
                    "{role} {grant} {action:?}"
                );
                assert_eq!(
                    with.may(action, &queue("email/v1")),
                    without.may(action, &queue("email/v1"))
                );
                assert_eq!(with.may_anywhere(action), without.may_anywhere(action));
            }
        }
    }
}

#[test]
fn no_grant_reaches_beyond_the_scope_or_read_only() {
    let rules: Vec<GrantRule> = vec![
        "ann may repair, reveal, approve, bulk on *"
            .parse()
            .unwrap(),
    ];
    let grants = Grants::of("ann", &rules);
    let held = person(Role::Viewer, &["email/*"], false).holding(grants.clone());
    assert!(held.may(Action::EditData, &queue("email/v1")));
    for action in Action::all() {
        assert_eq!(
            held.check(action, Some(&queue("billing/v1"))),
            Err(Denied::Hidden),
            "{action:?}"
        );
    }
    let read_only = person(Role::Viewer, &[], true).holding(grants);
    assert!(read_only.may(Action::Reveal, &queue("email/v1")));
    assert_eq!(
        read_only.check(Action::EditData, Some(&queue("email/v1"))),
        Err(Denied::ReadOnly)
    );
}

#[test]
fn a_refusal_says_which_role_or_grant_it_takes() {
    let viewer = person(Role::Viewer, &[], false);
    for (action, says) in [
        (
            Action::EditData,
            "a viewer may not change a job's data: that takes the role operator or above, or the grant repair for this queue",
        ),
        (
            Action::RepairMany,
            "a viewer may not change the data of many jobs at once: that takes the role admin, or the grant bulk for this queue",
        ),
        (
            Action::Reveal,
            "a viewer may not see the values that a policy hides: that takes the grant reveal for this queue",
        ),
        (
            Action::AddJob,
            "a viewer may not add a job: that takes the role operator or above",
        ),
    ] {
        let denied = viewer.check(action, Some(&queue("email/v1"))).unwrap_err();
        assert_eq!(denied.to_string(), says);
    }
}

#[test]
fn a_queue_outside_the_scope_is_hidden_even_from_an_admin() {
    let admin = person(Role::Admin, &["email/*"], false);
    assert!(admin.may(Action::EditData, &queue("email/v1")));
    assert_eq!(
        admin.check(Action::View, Some(&queue("billing"))),
        Err(Denied::Hidden)
    );
}

#[test]
fn figures_of_all_queues_together_are_for_those_who_may_see_every_queue() {
    for &role in Role::ALL {
        assert!(person(role, &["*"], false).may_anywhere(Action::ViewServer));
        assert_eq!(
            person(role, &["email/*"], false).check(Action::ViewServer, None),
            Err(Denied::SomeQueues {
                action: Action::ViewServer
            })
        );
    }
}

#[test]
fn read_only_refuses_every_change_and_no_reading() {
    let admin = person(Role::Admin, &[], true);
    for action in Action::all() {
        assert_eq!(
            admin.may(action, &queue("a")),
            !action.writes() && action != Action::Reveal,
            "{action:?}"
        );
    }
}

#[test]
fn every_action_that_writes_has_a_permission_and_no_other_has() {
    let writing: Vec<Action> = Action::all()
        .filter(|action| {
            action.writes() && !matches!(action, Action::Operate(_) | Action::OperateQueue(_))
        })
        .collect();
    for action in &writing {
        assert!(ALL.contains(action), "{action:?} has no permission");
    }
    assert_eq!(ALL.len(), writing.len());
}

#[test]
fn a_permit_is_for_one_action_on_one_target() {
    let target = JobOperation {
        operation: Operation::Retry,
        job: JobRef::new(&queue("email/v1"), &JobId::new("7").unwrap()),
    };
    let permit = person(Role::Operator, &[], false).permit::<Operate>(target.clone());
    let permit = permit.unwrap();
    assert_eq!(permit.target(), &target);
    assert_eq!(permit.queue(), Some(&queue("email/v1")));
    assert_eq!(permit.by().name(), "ann");
    let viewer = person(Role::Viewer, &[], false);
    assert_eq!(
        viewer.permit::<Operate>(target.clone()).err(),
        Some(Denied::Role {
            has: Role::Viewer,
            action: Action::Operate(Operation::Retry)
        })
    );
    let elsewhere = person(Role::Admin, &["billing"], false);
    assert_eq!(
        elsewhere.permit::<Operate>(target).err(),
        Some(Denied::Hidden)
    );
}
