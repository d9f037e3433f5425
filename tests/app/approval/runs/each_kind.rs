//! What holds of every kind of run that takes a second person.

use bullkeeper::domain::access::{Operator, Role};
use bullkeeper::service::accounts::users::UserChange;
use bullkeeper_testkit::{PASSWORD, eventually};
use reqwest::StatusCode;

use super::{Kind, WHY, Yard, approve, decide, steps};

#[tokio::test]
async fn a_run_begins_once_someone_else_approves_it_and_does_its_work() {
    for kind in Kind::ALL {
        let mut yard = Yard::start(kind).await;
        let id = yard.ask().await;
        yard.assert_untouched("proposal.ask", "applied").await;
        let approved = approve(&yard.carol, &id).await;
        assert_eq!(
            approved.status,
            StatusCode::SEE_OTHER,
            "{}",
            approved.text()
        );
        let told = yard.carol.page(approved.location()).await.text();
        assert!(told.contains("Approved. The run has begun."), "{told}");
        let run = yard.run_of(&id).await;
        yard.done(&run).await;

        let own = kind.action();
        let told = yard.steps().await;
        let expected = [
            ("proposal.ask", "applied"),
            ("proposal.approve", "applied"),
            (own, "intent"),
            (own, "applied"),
        ];
        assert_eq!(steps(&told), expected);
        let entries = yard.entries().await;
        let actors: Vec<&str> = entries.iter().map(|entry| entry.get("actor")).collect();
        assert_eq!(actors, ["admin", "carol", "admin", "admin"], "{kind:?}");
        for entry in &entries {
            assert!(run.ends_with(entry.get("run")), "{entry:?}");
            assert_eq!(entry.get("queue"), kind.queue());
        }
        assert!(entries[1].get("note").contains(&id), "{entries:?}");
        assert!(
            entries[2].get("note").starts_with("approved by carol: "),
            "{entries:?}"
        );
        let kept: Option<String> = yard
            .jobs
            .run(&["GET", &format!("bullkeeper:proposal-data:{id}")])
            .await;
        assert_eq!(kept, None);
        let page = yard.admin.page(&run).await;
        assert!(page.text().contains("Approval by carol"), "{}", page.text());
    }
}

#[tokio::test]
async fn nobody_approves_their_own_run_and_it_takes_the_grant_and_the_password() {
    for kind in Kind::ALL {
        let mut yard = Yard::start(kind).await;
        let id = yard.ask().await;
        let own = approve(&yard.admin, &id).await;
        assert_eq!(own.status, StatusCode::FORBIDDEN, "{}", own.text());
        yard.assert_untouched("proposal.approve", "denied").await;
        let erin = yard.app.scoped("erin", Role::Admin, &["*"]).await;
        let refused = approve(&erin, &id).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text());
        yard.assert_untouched("proposal.approve", "denied").await;
        let outsider = yard.app.scoped("frank", Role::Admin, &["other/*"]).await;
        let hidden = outsider.get(&format!("/proposal?id={id}")).await;
        assert_eq!(hidden.status(), StatusCode::NOT_FOUND);
        let without = decide(&yard.carol, "approve", &[("id", &id)]).await;
        assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(yard.is_untouched().await);
        // Who may not begin such a run can't ask for it either.
        let operator = yard.app.operator().await;
        let refused = yard.send(&operator, &[]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text());
        approve(&yard.carol, &id).await;
        let run = yard.run_of(&id).await;
        yard.done(&run).await;
    }
}

#[tokio::test]
async fn a_run_that_is_rejected_withdrawn_or_expired_never_begins() {
    for kind in Kind::ALL {
        let mut yard = Yard::start(kind).await;
        let id = yard.ask().await;
        decide(&yard.carol, "reject", &[("id", &id), ("why", "not today")]).await;
        yard.assert_untouched("proposal.reject", "applied").await;
        let late = approve(&yard.carol, &id).await;
        assert!(late.text().contains("rejected already"), "{}", late.text());

        let id = yard.ask().await;
        let others = decide(&yard.carol, "withdraw", &[("id", &id)]).await;
        assert_eq!(others.status, StatusCode::FORBIDDEN, "{}", others.text());
        decide(&yard.admin, "withdraw", &[("id", &id)]).await;
        yard.assert_untouched("proposal.withdraw", "applied").await;
        let late = approve(&yard.carol, &id).await;
        assert!(late.text().contains("withdrawn already"), "{}", late.text());

        let id = yard.ask().await;
        let key = format!("bullkeeper:proposal:{id}");
        let _: u64 = yard.jobs.run(&["HSET", &key, "expires", "1"]).await;
        let late = approve(&yard.carol, &id).await;
        assert_eq!(late.status, StatusCode::CONFLICT);
        assert!(late.text().contains("expired"), "{}", late.text());
        yard.assert_untouched("proposal.approve", "conflict").await;
    }
}

#[tokio::test]
async fn what_would_be_done_is_what_was_proposed_or_nothing_is() {
    for kind in Kind::ALL {
        let mut yard = Yard::start(kind).await;
        let id = yard.ask().await;
        let key = format!("bullkeeper:proposal-data:{id}");
        let _: String = yard
            .jobs
            .run(&["SET", &key, "{\"other\":1}", "KEEPTTL"])
            .await;
        let refused = approve(&yard.carol, &id).await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        assert!(
            refused.text().contains("not what was proposed"),
            "{}",
            refused.text()
        );
        yard.assert_untouched("proposal.approve", "conflict").await;
    }
}

#[tokio::test]
async fn a_run_ends_with_the_rights_of_its_requester() {
    for kind in Kind::ALL {
        let mut yard = Yard::start(kind).await;
        let id = yard.ask().await;
        // There has to be another admin.
        yard.app.scoped("erin", Role::Admin, &["*"]).await;
        let console = Operator::console();
        let role = UserChange::Role(Role::Viewer);
        let changed = yard.app.services.change_user(&console, "admin", role).await;
        changed.unwrap().unwrap();
        let refused = approve(&yard.carol, &id).await;
        assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
        assert!(
            refused.text().contains("may not begin this run any more"),
            "{}",
            refused.text()
        );
        yard.assert_untouched("proposal.approve", "conflict").await;
    }
}

#[tokio::test]
async fn of_two_approvers_at_once_one_begins_the_run_and_one_is_told() {
    for kind in Kind::ALL {
        let mut yard = Yard::start(kind).await;
        let dave = yard.app.scoped("dave", Role::Viewer, &["*"]).await;
        let id = yard.ask().await;
        let (one, two) = tokio::join!(approve(&yard.carol, &id), approve(&dave, &id));
        let mut statuses = [one.status, two.status];
        statuses.sort();
        assert_eq!(statuses, [StatusCode::SEE_OTHER, StatusCode::CONFLICT]);
        let told = match one.status {
            StatusCode::CONFLICT => one,
            _ => two,
        };
        assert!(told.text().contains("approved already"), "{}", told.text());
        let run = yard.run_of(&id).await;
        yard.done(&run).await;
        let runs: u64 = yard.jobs.run(&["ZCARD", "bullkeeper:runs"]).await;
        assert_eq!(runs, 1, "{kind:?}");
        let told = yard.steps().await;
        let begun = steps(&told);
        let begun = begun.iter().filter(|step| step.1 == "intent").count();
        assert_eq!(begun, 1, "{kind:?}");
    }
}

#[tokio::test]
async fn break_glass_begins_a_run_alone_with_the_password_a_long_reason_and_an_alarm() {
    for kind in Kind::ALL {
        let mut yard = Yard::start(kind).await;
        let alone = [("alone", "1"), ("password", PASSWORD), ("reason", WHY)];
        let off = yard.send(&yard.admin, &alone).await;
        assert!(off.text().contains("break_glass"), "{}", off.text());
        assert!(yard.is_untouched().await);

        let mut yard = Yard::with(kind, &[("break_glass", "true")]).await;
        let short = [
            ("alone", "1"),
            ("password", PASSWORD),
            ("reason", "because"),
        ];
        let short = yard.send(&yard.admin, &short).await;
        assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(short.text().contains("at least 20"), "{}", short.text());
        let elsewhere = yard.app.admin().await;
        let unconfirmed = yard
            .send(&elsewhere, &[("alone", "1"), ("reason", WHY)])
            .await;
        assert_eq!(unconfirmed.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            unconfirmed.text().contains("Enter your password"),
            "{}",
            unconfirmed.text()
        );
        let wrong = [("alone", "1"), ("password", "wrong"), ("reason", WHY)];
        let wrong = yard.send(&elsewhere, &wrong).await;
        assert!(
            wrong.text().contains("the password is wrong"),
            "{}",
            wrong.text()
        );
        assert!(yard.is_untouched().await);

        let begun = yard.send(&yard.admin, &alone).await;
        assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text());
        let run = begun.location().to_owned();
        yard.done(&run).await;
        let told = yard.steps().await;
        let own = kind.action();
        let expected = [
            ("run.break-glass", "applied"),
            (own, "intent"),
            (own, "applied"),
        ];
        assert_eq!(steps(&told), expected);
        let entries = yard.entries().await;
        assert_eq!(entries[0].get("reason"), WHY);
        assert!(run.ends_with(entries[0].get("run")));
        eventually("the overview tells the admins", || async {
            let page = elsewhere.page("/").await;
            page.all("#broken-glass")
                .concat()
                .contains("admin began a run without approval")
        })
        .await;
        assert!(yard.carol.page("/").await.all("#broken-glass").is_empty());
    }
}

#[tokio::test]
async fn without_the_setting_a_run_begins_at_once_and_break_glass_has_nothing_to_break() {
    for kind in Kind::ALL {
        let settings = [("approval_for", ""), ("break_glass", "true")];
        let mut yard = Yard::with(kind, &settings).await;
        let alone = [("alone", "1"), ("password", PASSWORD), ("reason", WHY)];
        let refused = yard.send(&yard.admin, &alone).await;
        assert!(
            refused.text().contains("takes no second person"),
            "{}",
            refused.text()
        );
        let begun = yard.send(&yard.admin, &[]).await;
        assert!(begun.location().starts_with("/run?"), "{}", begun.text());
        let run = begun.location().to_owned();
        yard.done(&run).await;
    }
}
