//! Pages that show what is in Redis: the overview, families, queues and jobs, with odd names and data.

mod assets;
mod background;
mod discovery;
mod family;
mod family_verdicts;
mod find;
mod first_run;
mod flow_trees;
mod flows;
mod job_log;
mod job_page;
mod lifecycle;
mod long_lists;
mod no_jobs;
mod odd_data;
mod odd_keys;
mod odd_names;
mod overview_rows;
mod pages;
mod paused;
mod queue_list;
mod server;
mod stranded;
mod upcoming;
mod workers;
