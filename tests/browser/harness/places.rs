//! Every page, each reached as a user reaches it. The checks for all pages walk this list.

use crate::harness::browser::Browser;
use crate::harness::shop::{JOB, QUEUE, Shop, fail};
use crate::harness::steps;
use bullkeeper_testkit::{eventually, serde_urlencoded};
use thirtyfour::Key;

/// A page, in a state that looks different from its others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    SetUp,
    SignIn,
    SignInRefused,
    JobOfViewer,
    Forbidden,
    Overview,
    OverviewFiltered,
    QueuesSelected,
    QueuesDryRun,
    Menu,
    Queue,
    Selected,
    SelectedDryRun,
    EmptyQueue,
    AddJob,
    AddJobRefused,
    LearnedSchema,
    Failures,
    FailureGroup,
    JobFailure,
    Find,
    FindTyping,
    SearchJobs,
    SearchJobsFound,
    SearchJobsRefused,
    Upcoming,
    QueueUpcoming,
    History,
    FamilyHistory,
    QueueHistory,
    Schedulers,
    QueueSchedulers,
    Scheduler,
    LateScheduler,
    Family,
    Wall,
    Job,
    JobInWorkersHands,
    Flow,
    RemoveJob,
    FailJob,
    CompleteJob,
    RetryFlow,
    Edit,
    EditWithProblems,
    EditLarge,
    EditPart,
    EditPartReview,
    Review,
    Proposals,
    Conflict,
    Clash,
    Saved,
    Compare,
    CompareOpened,
    CompareResults,
    CompareRefused,
    Pin,
    CreateScheduler,
    EditScheduler,
    EditSchedulerRefused,
    RunScheduler,
    LimitRate,
    Drain,
    ChangeQueues,
    Obliterate,
    RunProposal,
    RetireKept,
    Retire,
    RetireRefused,
    RetireRun,
    Alerts,
    Audit,
    AuditOpened,
    AuditEntry,
    UndoRefused,
    Repair,
    RepairRefused,
    RepairOneJob,
    RepairReview,
    Recipes,
    Move,
    MoveReview,
    Run,
    Runs,
    Workers,
    Redis,
    JobLog,
    Account,
    NotFound,
    RedisAway,
}

impl Place {
    /// In an order that a person at the browser can follow; Redis goes last.
    pub const ALL: [Self; 91] = [
        Self::SetUp,
        Self::SignIn,
        Self::SignInRefused,
        Self::JobOfViewer,
        Self::Forbidden,
        Self::Overview,
        Self::OverviewFiltered,
        Self::QueuesSelected,
        Self::QueuesDryRun,
        Self::Menu,
        Self::Queue,
        Self::Selected,
        Self::SelectedDryRun,
        Self::EmptyQueue,
        Self::AddJob,
        Self::AddJobRefused,
        Self::LearnedSchema,
        Self::Failures,
        Self::FailureGroup,
        Self::JobFailure,
        Self::Find,
        Self::FindTyping,
        Self::SearchJobs,
        Self::SearchJobsFound,
        Self::SearchJobsRefused,
        Self::Upcoming,
        Self::QueueUpcoming,
        Self::History,
        Self::FamilyHistory,
        Self::QueueHistory,
        Self::Schedulers,
        Self::QueueSchedulers,
        Self::Scheduler,
        Self::LateScheduler,
        Self::Family,
        Self::Wall,
        Self::Job,
        Self::JobInWorkersHands,
        Self::Flow,
        Self::RemoveJob,
        Self::FailJob,
        Self::CompleteJob,
        Self::RetryFlow,
        Self::Edit,
        Self::EditWithProblems,
        Self::EditLarge,
        Self::EditPart,
        Self::EditPartReview,
        Self::Review,
        Self::Proposals,
        Self::Conflict,
        Self::Clash,
        Self::Saved,
        Self::Compare,
        Self::CompareOpened,
        Self::CompareResults,
        Self::CompareRefused,
        Self::Pin,
        Self::CreateScheduler,
        Self::EditScheduler,
        Self::EditSchedulerRefused,
        Self::RunScheduler,
        Self::LimitRate,
        Self::Drain,
        Self::ChangeQueues,
        Self::Obliterate,
        Self::RunProposal,
        Self::RetireKept,
        Self::Retire,
        Self::RetireRefused,
        Self::RetireRun,
        Self::Alerts,
        Self::Audit,
        Self::AuditOpened,
        Self::AuditEntry,
        Self::UndoRefused,
        Self::Repair,
        Self::RepairRefused,
        Self::RepairOneJob,
        Self::RepairReview,
        Self::Recipes,
        Self::Move,
        Self::MoveReview,
        Self::Run,
        Self::Runs,
        Self::Workers,
        Self::Redis,
        Self::JobLog,
        Self::Account,
        Self::NotFound,
        Self::RedisAway,
    ];

    /// The status that the page itself is answered with.
    pub fn status(self) -> u16 {
        match self {
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict | Self::Clash => 409,
            Self::SignInRefused => 401,
            Self::AddJobRefused
            | Self::SearchJobsRefused
            | Self::EditWithProblems
            | Self::EditSchedulerRefused
            | Self::CompareRefused
            | Self::RepairRefused
            | Self::UndoRefused
            | Self::RetireRefused => 422,
            Self::RedisAway => 503,
            _ => 200,
        }
    }

    /// Goes there.
    pub async fn reach(self, browser: &Browser, shop: &mut Shop) {
        match self {
            Self::SetUp => {
                let token = shop.app.services.offer_set_up();
                browser.goto(&format!("/set-up?token={token}")).await;
            }
            Self::SignIn | Self::SignInRefused | Self::JobOfViewer | Self::Forbidden => {
                self.reach_without_rights(browser).await;
            }
            Self::Edit
            | Self::EditWithProblems
            | Self::EditLarge
            | Self::EditPart
            | Self::EditPartReview
            | Self::Review
            | Self::Conflict
            | Self::Clash
            | Self::Saved => self.reach_repair(browser, shop).await,
            Self::Move | Self::MoveReview | Self::Run => self.reach_move(browser).await,
            Self::Repair
            | Self::RepairRefused
            | Self::UndoRefused
            | Self::RepairOneJob
            | Self::RepairReview
            | Self::Recipes => self.reach_bulk_repair(browser).await,
            Self::Pin => {
                be("admin", browser).await;
                browser.goto("/family/pin?queue=email/v1").await;
            }
            Self::CreateScheduler
            | Self::EditScheduler
            | Self::EditSchedulerRefused
            | Self::RunScheduler => self.reach_scheduler(browser).await,
            Self::LimitRate | Self::Drain | Self::Obliterate => {
                be("admin", browser).await;
                let name = match self {
                    Self::LimitRate => "limit-rate",
                    Self::Drain => "drain",
                    _ => "obliterate",
                };
                browser.goto(&format!("/queue/{name}?queue=email/v1")).await;
            }
            Self::RunProposal => {
                let pause = ["HSET", "bull:empty:meta", "paused", "1"];
                shop.jobs.run::<u64>(&pause).await;
                browser.sign_in_as("admin").await;
                browser.goto("/queue/obliterate?queue=empty").await;
                browser.fill("typed", "empty").await;
                browser.fill("reason", "nobody uses it any more").await;
                browser.click("Ask for approval").await;
                browser.see("Nothing begins until").await;
            }
            Self::ChangeQueues => {
                be("admin", browser).await;
                browser.goto("/queues/change?operation=queue.pause").await;
            }
            Self::RetireKept | Self::Retire | Self::RetireRefused | Self::RetireRun => {
                self.reach_retirement(browser).await;
            }
            Self::Upcoming => {
                shop.delay().await;
                browser.goto("/upcoming?window=week").await;
            }
            Self::Workers => {
                shop.hire().await;
                browser.goto("/workers").await;
            }
            Self::RedisAway => {
                shop.app.redis.kill();
                eventually("the page says that Redis is away", || async {
                    browser.goto("/account").await;
                    browser.text().await.contains("503")
                })
                .await;
            }
            _ => self.reach_by_address(browser).await,
        }
    }

    async fn reach_without_rights(self, browser: &Browser) {
        match self {
            Self::SignIn => browser.goto("/sign-in").await,
            Self::SignInRefused => {
                browser.goto("/sign-in").await;
                browser.fill("name", "nobody").await;
                browser.fill("password", "it is not this").await;
                browser.click("Sign in").await;
                browser.one(".card [role=alert]").await;
            }
            Self::JobOfViewer => {
                be("viewer", browser).await;
                browser.goto(&job_path(QUEUE, JOB)).await;
            }
            _ => browser.goto("/audit").await,
        }
    }

    async fn reach_by_address(self, browser: &Browser) {
        let path = match self {
            Self::Overview => {
                be("operator", browser).await;
                "/".to_owned()
            }
            Self::Menu | Self::QueuesSelected | Self::QueuesDryRun => "/".to_owned(),
            Self::OverviewFiltered => "/?q=email&state=waiting".to_owned(),
            Self::Queue | Self::Selected | Self::SelectedDryRun => {
                "/queue?name=image-resize&state=failed".to_owned()
            }
            Self::EmptyQueue => "/queue?name=empty".to_owned(),
            Self::AddJob | Self::AddJobRefused => format!(
                "/queue/add?{}",
                serde_urlencoded(&[("name", QUEUE), ("from", JOB)])
            ),
            Self::LearnedSchema => "/queue/schema/infer?name=image-resize".to_owned(),
            Self::Failures | Self::FailureGroup => "/failures".to_owned(),
            Self::JobFailure => job_path(QUEUE, JOB).replacen("/job", "/job/failure", 1),
            Self::Find => "/find?q=im".to_owned(),
            Self::FindTyping => "/find".to_owned(),
            Self::SearchJobs => "/search".to_owned(),
            Self::SearchJobsFound => "/search?queue=image-resize&q=state+%3D+failed".to_owned(),
            Self::SearchJobsRefused => "/search?q=data.id+%3D+1+stat+%3D+failed".to_owned(),
            Self::Upcoming => "/upcoming?window=week".to_owned(),
            Self::QueueUpcoming => "/queue/upcoming?name=reports".to_owned(),
            Self::History => "/history?range=24h".to_owned(),
            Self::FamilyHistory => "/family/history?name=email".to_owned(),
            Self::QueueHistory => format!("/queue/history?name={QUEUE}"),
            Self::Schedulers => "/schedulers".to_owned(),
            Self::QueueSchedulers => "/queue/schedulers?name=reports".to_owned(),
            Self::Scheduler => "/scheduler?queue=reports&id=nightly-report".to_owned(),
            Self::LateScheduler => "/scheduler?queue=reports&id=late".to_owned(),
            Self::Family => "/family?name=email".to_owned(),
            Self::Wall => "/wall".to_owned(),
            Self::Job => job_path(QUEUE, JOB),
            Self::JobInWorkersHands => job_path("email/v2", "4"),
            Self::Flow => job_path("image-resize", "image-0").replacen("/job", "/job/flow", 1),
            Self::RemoveJob => job_path(QUEUE, JOB).replacen("/job", "/job/remove", 1),
            Self::FailJob => job_path("email/v2", "4").replacen("/job", "/job/fail", 1),
            Self::CompleteJob => job_path("email/v2", "4").replacen("/job", "/job/complete", 1),
            Self::RetryFlow => {
                job_path("image-resize", "image-0").replacen("/job", "/job/flow/retry", 1)
            }
            Self::Audit | Self::AuditOpened | Self::AuditEntry => {
                "/audit?action=job.edit".to_owned()
            }
            Self::UndoRefused => "/audit?action=job.edit&outcome=applied".to_owned(),
            Self::Compare | Self::CompareOpened => "/family/compare?name=order".to_owned(),
            Self::CompareResults => {
                "/family/compare/diff?name=order&a=order/v1&b=order/v2&left=o2&right=o2".to_owned()
            }
            Self::CompareRefused => "/family/compare?name=order&pointer=id".to_owned(),
            Self::Alerts => "/alerts".to_owned(),
            Self::Runs => "/runs".to_owned(),
            Self::Proposals => "/proposals".to_owned(),
            Self::Redis => "/redis".to_owned(),
            Self::JobLog => job_path(QUEUE, JOB).replacen("/job", "/job/log", 1),
            Self::Account => "/account".to_owned(),
            _ => job_path(QUEUE, "nobody"),
        };
        browser.goto(&path).await;
        match self {
            Self::Menu => browser.click("operator").await,
            Self::FindTyping => {
                browser.fill("q", "im").await;
                browser.one("#find-answers").await;
                browser.press(Key::Down).await;
            }
            Self::QueuesSelected | Self::QueuesDryRun => {
                browser.one("[data-pick-all]").await.click().await.unwrap();
                browser.see(" selected").await;
                if self == Self::QueuesDryRun {
                    browser
                        .click("Retry failed jobs of the selected queues")
                        .await;
                    browser.see("would apply to").await;
                }
            }
            Self::Selected | Self::SelectedDryRun => {
                browser.one("[data-pick-all]").await.click().await.unwrap();
                browser.see("30 selected").await;
                if self == Self::SelectedDryRun {
                    browser.click("Retry selected").await;
                    browser.see("would apply to").await;
                }
            }
            Self::AddJobRefused => {
                browser.fill("priority", "many").await;
                browser.fill("reason", "the customer waits").await;
                browser.click("Add job").await;
                browser.see("Nothing was added").await;
            }
            Self::SearchJobsFound => {
                browser.see("30 found").await;
            }
            Self::Alerts => {
                browser.see("email/v10").await;
                browser.click("Silence alerts").await;
            }
            Self::AuditOpened => {
                browser.click("Details of job.edit by operator").await;
                browser.one(".opened .changes").await;
            }
            Self::CompareOpened => {
                browser.click("Results of o2").await;
                browser.one(".opened .diff").await;
            }
            Self::FailureGroup => {
                let link = browser
                    .one("table.failures tbody tr:first-child th a")
                    .await;
                let href = link.attr("href").await.unwrap().unwrap();
                browser.goto(&href).await;
            }
            Self::UndoRefused => {
                for link in ["a[aria-controls]", "a[href*='/undo?']"] {
                    let link = browser.one(link).await;
                    let href = link.attr("href").await.unwrap().unwrap();
                    browser.goto(&href).await;
                }
            }
            Self::AuditEntry => {
                let link = browser.one("a[aria-controls]").await;
                let href = link.attr("href").await.unwrap().unwrap();
                browser.goto(&href).await;
            }
            _ => {}
        }
    }

    async fn reach_scheduler(self, browser: &Browser) {
        be("admin", browser).await;
        let path = match self {
            Self::CreateScheduler => "/queue/schedulers/add?name=reports",
            Self::RunScheduler => "/scheduler/run?queue=reports&id=nightly-report",
            _ => "/scheduler/edit?queue=reports&id=nightly-report",
        };
        browser.goto(path).await;
        if self == Self::EditSchedulerRefused {
            browser.fill("pattern", "15 3 * * *").await;
            browser.fill("attempts", "many").await;
            browser.fill("reason", "the report comes too late").await;
            browser.click("Save").await;
            browser.see("Nothing was saved").await;
        }
    }

    async fn reach_move(self, browser: &Browser) {
        be("admin", browser).await;
        browser
            .goto("/family/move?name=email&from=email/v1&to=email/v2")
            .await;
        if self == Self::Move {
            return;
        }
        browser
            .fill("patch", r#"[{"op":"add","path":"/moved","value":true}]"#)
            .await;
        browser.click("Preview move").await;
        browser.see("would move").await;
        if self == Self::MoveReview {
            return;
        }
        browser.fill("reason", "v1 goes away").await;
        browser.one("[name=confirm]").await.click().await.unwrap();
        browser.click("Move").await;
        browser
            .arrive("at the run", |path| path.starts_with("/run?"))
            .await;
        browser.see("done").await;
    }

    async fn reach_bulk_repair(self, browser: &Browser) {
        be("admin", browser).await;
        if self == Self::Recipes {
            browser.goto("/recipes").await;
            return;
        }
        let asked = [("queue", "image-resize"), ("state", "failed")];
        browser
            .goto(&format!("/repair?{}", serde_urlencoded(&asked)))
            .await;
        match self {
            Self::RepairRefused => {
                fill_step(browser, "Field", "amount").await;
                browser.click("Review").await;
                browser.see("Nothing was changed").await;
            }
            Self::RepairOneJob | Self::RepairReview => {
                fill_step(browser, "Field", "/checked").await;
                fill_step(browser, "Value, new name or type", "true").await;
                if self == Self::RepairOneJob {
                    browser.click("Test on one job").await;
                    browser.see("would change in 1 place").await;
                } else {
                    browser.click("Review").await;
                    browser.see("would change.").await;
                }
            }
            _ => {}
        }
    }

    async fn reach_retirement(self, browser: &Browser) {
        if self == Self::RetireKept {
            be("admin", browser).await;
            return browser.goto("/family/retire?queue=email/v1").await;
        }
        eventually("the version may be retired", || async {
            browser.goto("/family/retire?queue=order/v1").await;
            browser.text().await.contains("Retire it")
        })
        .await;
        match self {
            Self::RetireRefused => {
                browser.fill("typed", "order/v2").await;
                browser.click("Retire it").await;
                browser.see("This is not its name").await;
            }
            Self::RetireRun => {
                browser.fill("typed", "order/v1").await;
                browser.fill("reason", "v2 does it all since Monday").await;
                browser.click("Retire it").await;
                browser.see("The version is out of Redis").await;
            }
            _ => {}
        }
    }

    async fn reach_repair(self, browser: &Browser, shop: &mut Shop) {
        if self == Self::EditLarge {
            let large = format!(r#"{{"text":"{}"}}"#, "long ".repeat(210_000));
            fail(&mut shop.jobs, "empty", "large", &large).await;
            let whole = format!("{}&whole=1", edit_path("empty", "large"));
            return browser.goto(&whole).await;
        }
        if matches!(self, Self::EditPart | Self::EditPartReview) {
            let order =
                |n: u32| format!(r#"{{"id":{n},"to":"customer-{n}@example.com","paid":true}}"#);
            let orders: Vec<String> = (0..20_000).map(order).collect();
            let large = format!(r#"{{"orders":[{}],"kind":"orders"}}"#, orders.join(","));
            fail(&mut shop.jobs, "empty", "parts", &large).await;
            browser.goto(&edit_path("empty", "parts")).await;
            browser.see("Members").await;
            if self == Self::EditPart {
                let orders = edit_path("empty", "parts").replacen("/job/edit", "/job/edit/part", 1);
                return browser.goto(&format!("{orders}&pointer=%2Forders")).await;
            }
            let order = edit_path("empty", "parts").replacen("/job/edit", "/job/edit/part", 1);
            browser
                .goto(&format!("{order}&pointer=%2Forders%2F7"))
                .await;
            steps::replace_text(browser, r#"{"id":7,"to":"ann@example.com","paid":true}"#).await;
            browser.click("Review the change").await;
            return browser.see("Review your edit").await;
        }
        // The way to the page before may have left one.
        shop.jobs.end_drafts().await;
        browser.goto(&edit_path(QUEUE, JOB)).await;
        if self == Self::Edit {
            return;
        }
        let wrong = shop.charge().await;
        let right = steps::mended(&wrong);
        match self {
            Self::EditWithProblems => {
                steps::replace_text(browser, &wrong.replace("12,50", "13,50")).await;
                browser.click("Review changes").await;
                browser.see("Each problem is listed").await;
            }
            Self::Clash => {
                steps::replace_text(browser, &right).await;
                steps::change_underneath(shop, "12,50", "13,00").await;
                browser.click("Review changes").await;
                browser.see("Both edits change").await;
            }
            Self::Conflict => {
                steps::replace_text(browser, &right).await;
                steps::change_underneath(shop, "2nd floor", "3rd floor").await;
                browser.click("Review changes").await;
                browser.see("Use the merge").await;
            }
            _ => {
                steps::replace_text(browser, &right).await;
                browser.click("Review changes").await;
                browser.see("Review your edit").await;
            }
        }
        if self == Self::Saved {
            browser
                .fill("reason", "The amount and the address were typed wrong")
                .await;
            browser.click("Save").await;
            browser.see("Saved").await;
        }
    }
}

/// Has this user signed in, which takes longer than most pages.
async fn be(name: &str, browser: &Browser) {
    let user = "return document.querySelector('[data-user]')?.dataset.user";
    if browser.script(user).await != name {
        browser.sign_in_as(name).await;
    }
}

pub fn job_path(queue: &str, id: &str) -> String {
    format!("/job?{}", serde_urlencoded(&[("queue", queue), ("id", id)]))
}

/// Types into a field of the first step of a repair.
async fn fill_step(browser: &Browser, field: &str, text: &str) {
    let selector = format!("[aria-label='{field} of step 1']");
    browser.one(&selector).await.click().await.unwrap();
    browser.type_text(text).await;
}

pub fn edit_path(queue: &str, id: &str) -> String {
    format!(
        "/job/edit?{}",
        serde_urlencoded(&[("queue", queue), ("id", id)])
    )
}

/// One of two ways through all places, each with a shop and a browser of its own.
#[derive(Debug, Clone, Copy)]
pub enum Way {
    /// To the edit that is saved.
    First,
    /// On from there.
    Second,
}

impl Way {
    fn places(self) -> &'static [Place] {
        let saved = Place::ALL.iter().position(|place| *place == Place::Saved);
        let (first, second) = Place::ALL.split_at(saved.unwrap() + 1);
        match self {
            Self::First => first,
            Self::Second => second,
        }
    }

    /// Goes where later places show what was done there.
    async fn begin(self, browser: &Browser, shop: &mut Shop) {
        if matches!(self, Self::Second) {
            Place::Overview.reach(browser, shop).await;
            Place::Saved.reach(browser, shop).await;
        }
    }
}

/// Visits every place on a way and runs `check` there; reports all faults together, with their places.
pub async fn everywhere(way: Way, check: impl AsyncFn(&Browser, Place) -> Vec<String>) {
    let mut shop = Shop::open().await;
    shop.stock().await;
    let browser = Browser::open(&shop.app).await;
    way.begin(&browser, &mut shop).await;
    let mut faults = Vec::new();
    for place in way.places() {
        place.reach(&browser, &mut shop).await;
        let there = "!document.querySelector('#alike[hx-trigger=load]')";
        browser.until("what comes later is there", there).await;
        let found = check(&browser, *place).await;
        faults.extend(found.into_iter().map(|fault| format!("{place:?}: {fault}")));
    }
    crate::harness::browser::assert_none(&faults, "faults");
}
