//! Schemas learned from completed jobs: the page, the download and the command.

mod learned;
