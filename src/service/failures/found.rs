//! What was found of failed jobs.

use std::collections::HashMap;
use std::sync::Arc;

use super::which::FailureSpan;
use crate::domain::failures::GroupId;
use crate::domain::failures::differs::Differences;
use crate::domain::failures::groups::Groups;
use crate::domain::job::JobId;
use crate::domain::queue::QueueId;

/// Failed jobs in groups, and what of them was read.
#[derive(Debug, Clone)]
pub struct FoundFailures {
    /// The groups.
    pub groups: Arc<Groups>,
    /// Over which time.
    pub span: FailureSpan,
    /// The queues with failed jobs in that time.
    pub queues: Vec<ReadQueue>,
    /// How many queues were left out, because there are so many.
    pub left_out: usize,
    /// The groups that only one version of a family has.
    pub only_in: HashMap<GroupId, OnlyIn>,
}

/// How much of a queue was read.
#[derive(Debug, Clone)]
pub struct ReadQueue {
    /// The queue.
    pub queue: QueueId,
    /// How many failed jobs it has in that time.
    pub failed: u64,
    /// How many of them were read, the newest.
    pub read: u64,
    /// Whether Redis let them be read.
    pub is_readable: bool,
}

/// A version that alone has an error, though an older one did work in the same time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnlyIn {
    /// The version, as its name writes it: `v3`.
    pub version: String,
    /// When the error was first seen there, Unix milliseconds.
    pub since: u64,
}

impl FoundFailures {
    /// How many failed jobs there are in that time.
    pub fn failed(&self) -> u64 {
        self.queues.iter().map(|queue| queue.failed).sum()
    }

    /// How many of them were read.
    pub fn read(&self) -> u64 {
        self.queues.iter().map(|queue| queue.read).sum()
    }

    /// Whether only some were read.
    pub fn is_sampled(&self) -> bool {
        self.queues.iter().any(|queue| queue.read < queue.failed)
    }
}

/// What differs, and what that rests on.
#[derive(Debug)]
pub struct WhatDiffers {
    /// The name of the jobs that are compared.
    pub name: String,
    /// How many failed and completed jobs were compared.
    pub compared: (usize, usize),
    /// How many were left out, since their data is no JSON or too large.
    pub left_out: usize,
    /// The differences.
    pub differences: Differences,
}

/// Of which failed jobs it is asked what differs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum DiffersOf {
    Group(Vec<QueueId>, FailureSpan, GroupId),
    Job(QueueId, JobId),
}
