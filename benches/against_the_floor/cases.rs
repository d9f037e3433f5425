//! The cases: the requests to Bullkeeper, and those to the floor for comparison.

use std::fs;
use std::time::Duration;

use crate::lab::Result;
use crate::lab::client::Connection;
use crate::lab::load::{Figures, Time, Viewer, drive, measure};
use crate::lab::machine::Process;
use crate::lab::seed::SeededJob;
use crate::lab::work::{BULLKEEPER, Edits, Target, Work};
use crate::quiet::Counted;
use crate::report::Measured;
use crate::{VIEWERS, floor, jobs};

/// How long a load runs before it is measured.
pub(crate) const WARM_UP: Duration = Duration::from_millis(300);

/// How long a round of it is measured.
pub(crate) const ROUND: Duration = Duration::from_millis(2500);

/// How often each case is measured. The rounds of both alternate, so that changes of the machine affect both.
const ROUNDS: usize = 2;

/// An answer that takes longer is given up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The share of the floor's speed that a job's page and an edit should reach.
const AIM: f64 = 0.6;

/// The jobs that one viewer asks for.
fn load_of(viewer: usize) -> impl Iterator<Item = SeededJob> {
    jobs::loaded().skip(viewer).step_by(VIEWERS)
}

/// The two servers that are compared.
pub(crate) struct Both<'a> {
    pub(crate) bullkeeper: Process,
    pub(crate) floor: Process,
    /// A session for each viewer.
    pub(crate) targets: Vec<Target>,
    /// Only cases whose name contains one of these are measured; all if there are none.
    pub(crate) words: &'a [&'a str],
}

impl Both<'_> {
    /// Measures every case that is wanted.
    pub(crate) async fn measure(&self, counted: &Counted) -> Result<Vec<Measured>> {
        let mut all = Vec::new();
        for (name, path, gzip) in [
            ("overview", "/", false),
            ("overview, gzip", "/", true),
            ("overview's refresh, gzip", "/overview/figures", true),
        ] {
            if self.wanted(name) {
                let measured = self.overview(name, path, gzip).await?;
                let commands = counted.overview;
                all.push(Measured {
                    commands,
                    ..measured
                });
            }
        }
        let name = "overview, gzip, floor compresses each";
        if self.wanted(name) {
            let measured = self.compressed_overview(name).await?;
            all.push(Measured {
                commands: counted.overview,
                ..measured
            });
        }
        for (name, gzip) in [("job page", false), ("job page, gzip", true)] {
            if self.wanted(name) {
                let measured = self.job_page(name, gzip).await?;
                let commands = counted.job_page;
                all.push(Measured {
                    commands,
                    aim: Some(AIM),
                    ..measured
                });
            }
        }
        let name = "audited edit";
        if self.wanted(name) {
            let measured = self.edit(name).await?;
            let commands = counted.edit;
            all.push(Measured {
                commands,
                aim: Some(AIM),
                ..measured
            });
        }
        Ok(all)
    }

    fn wanted(&self, name: &str) -> bool {
        self.words.is_empty() || self.words.iter().any(|word| name.contains(word))
    }

    /// Compares with the floor sending as many bytes.
    async fn overview(&self, name: &'static str, path: &str, gzip: bool) -> Result<Measured> {
        let mut connection = Connection::open(self.bullkeeper.address).await?;
        let request = self.targets[0].get(path, gzip);
        let size = connection.exchange(&request).await?.body.len();
        let bare = Target::open(&self.floor).get(&format!("/overview?bytes={size}"), false);
        let ours = |viewer: usize| Work::fetch(vec![self.targets[viewer].get(path, gzip)]);
        self.case(name, ours, |_| Work::fetch(vec![bare.clone()]))
            .await
    }

    /// Compares with the floor sending the same page out of memory, compressed for each request.
    async fn compressed_overview(&self, name: &'static str) -> Result<Measured> {
        let mut connection = Connection::open(self.bullkeeper.address).await?;
        let page = connection
            .exchange(&self.targets[0].get("/", false))
            .await?;
        let floor = Target::open(&self.floor);
        let give = floor.post("/compressed", std::str::from_utf8(page.body)?);
        let mut connection = Connection::open(self.floor.address).await?;
        let taken = connection.exchange(&give).await?;
        if taken.status != 200 {
            return Err("the floor did not take the overview".into());
        }
        let ours = |viewer: usize| Work::fetch(vec![self.targets[viewer].get("/", true)]);
        let bare = floor.get("/compressed", true);
        self.case(name, ours, |_| Work::fetch(vec![bare.clone()]))
            .await
    }

    async fn job_page(&self, name: &'static str, gzip: bool) -> Result<Measured> {
        let floor = Target::open(&self.floor);
        let ours = |viewer: usize| Work::job_pages(&self.targets[viewer], load_of(viewer), gzip);
        let bare = |viewer| Work::job_pages(&floor, load_of(viewer), false);
        self.case(name, ours, bare).await
    }

    async fn edit(&self, name: &'static str) -> Result<Measured> {
        let floor = Target::open(&self.floor);
        let edits: Vec<_> = (0..VIEWERS)
            .map(|viewer| Edits::of(load_of(viewer)))
            .collect();
        let ours = |viewer: usize| {
            Work::Edit(
                self.targets[viewer].clone(),
                edits[viewer].clone(),
                BULLKEEPER,
            )
        };
        let bare = |viewer: usize| Work::Edit(floor.clone(), edits[viewer].clone(), floor::EDIT);
        self.case(name, ours, bare).await
    }

    async fn case(
        &self,
        name: &'static str,
        ours: impl Fn(usize) -> Work,
        bare: impl Fn(usize) -> Work,
    ) -> Result<Measured> {
        let (mut on_ours, mut on_floor) = (Vec::new(), Vec::new());
        for viewer in 0..VIEWERS {
            on_ours.push(Viewer::of(&self.bullkeeper, ours(viewer)).await?);
            on_floor.push(Viewer::of(&self.floor, bare(viewer)).await?);
        }
        let (mut ours, mut floor) = (Figures::default(), Figures::default());
        forget_peak(&self.bullkeeper)?;
        for _ in 0..ROUNDS {
            round(&mut on_ours, &self.bullkeeper, &mut ours).await?;
            round(&mut on_floor, &self.floor, &mut floor).await?;
        }
        Ok(Measured {
            name,
            ours,
            floor,
            commands: 0.0,
            peak: self.bullkeeper.megabytes("VmHWM")?,
            aim: None,
        })
    }
}

/// Puts `crew`'s load on `server` for a round.
async fn round(crew: &mut Vec<Viewer>, server: &Process, into: &mut Figures) -> Result<()> {
    let time = |asking| Time {
        asking,
        at_most: PATIENCE,
    };
    drive(crew, time(WARM_UP)).await?;
    let mut figures = measure(crew, server, time(ROUND)).await?;
    match figures.wrong.pop() {
        Some(wrong) => Err(wrong.into()),
        None => {
            into.add(figures);
            Ok(())
        }
    }
}

/// Resets the peak memory of `process`, the line `VmHWM`.
fn forget_peak(process: &Process) -> Result<()> {
    Ok(fs::write(
        format!("/proc/{}/clear_refs", process.pid()),
        "5",
    )?)
}
