//! The texts of a job that can be large, and the lines of its log.

use strum::{EnumString, IntoStaticStr, VariantArray};

/// A large text of a job: loaded, or only measured because it is larger than a page shows at first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// The stored bytes.
    Loaded(Vec<u8>),
    /// The size in bytes; the text was not loaded.
    Folded(u64),
}

impl Payload {
    /// The size in bytes.
    pub fn size(&self) -> u64 {
        match self {
            Self::Loaded(bytes) => bytes.len() as u64,
            Self::Folded(size) => *size,
        }
    }
}

/// A line of a job's log, perhaps cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// The text, cut at a maximum size.
    pub text: String,
    /// The size of the whole line, in bytes.
    pub bytes: u64,
}

impl LogLine {
    /// How many bytes were cut off.
    pub fn left_out(&self) -> u64 {
        self.bytes.saturating_sub(self.text.len() as u64)
    }
}

/// The texts of a job that can be large, each a field of its hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray, EnumString)]
#[strum(parse_err_ty = String, parse_err_fn = no_text)]
pub enum JobText {
    /// The job's data.
    #[strum(serialize = "data")]
    Data,
    /// What the worker returned.
    #[strum(serialize = "returnvalue")]
    ReturnValue,
    /// The error that the worker reported.
    #[strum(serialize = "failedReason")]
    FailedReason,
    /// A JSON array of stack traces.
    #[strum(serialize = "stacktrace")]
    StackTraces,
    /// Its options.
    #[strum(serialize = "opts")]
    Options,
    /// The progress that the worker reported.
    #[strum(serialize = "progress")]
    Progress,
}

impl JobText {
    /// Every text, in the order of [`Job::texts`].
    pub const ALL: [Self; <Self as VariantArray>::VARIANTS.len()] =
        match <Self as VariantArray>::VARIANTS.first_chunk() {
            Some(all) => *all,
            None => panic!("the array has as many places as there are texts"),
        };

    /// The field of the job's hash that holds it; also its name in addresses.
    pub fn field(self) -> &'static str {
        self.into()
    }
}

/// The error for a name that is none of these texts.
fn no_text(text: &str) -> String {
    let names: Vec<&str> = JobText::ALL.iter().map(|it| it.field()).collect();
    format!(
        "a job has no text {text:?}; allowed are {}",
        names.join(", ")
    )
}
