//! Short SVG paths for values: the overview shows a thousand of them. A minute is one unit wide. Coordinates are whole
//! numbers, relative where that is shorter. A value is a fraction of the height, 0 to 1; `None` is a gap.

use std::fmt::Write;

/// The height of a chart, in its own units.
pub(crate) const HEIGHT: u8 = 100;

/// A line through the values, with gaps. A single value becomes a stroke as wide as its minute.
pub(crate) fn line(values: &[Option<f64>]) -> String {
    let mut path = String::new();
    for (from, ys) in runs(values, HEIGHT) {
        add(&mut path, format_args!("M{from} {}", ys[0]));
        if ys.len() == 1 {
            path.push_str("m-.5 0h1");
        }
        steps(&mut path, &ys);
    }
    path
}

/// The area below the values.
pub(crate) fn ground(values: &[Option<f64>], height: u8) -> String {
    let mut path = String::new();
    for (from, ys) in runs(values, height) {
        // Zeros alone have no area.
        if ys.iter().any(|y| *y != i32::from(height)) {
            add(&mut path, format_args!("M{from} {height}V{}", ys[0]));
            steps(&mut path, &ys);
            add(&mut path, format_args!("V{height}"));
        }
    }
    path
}

/// A bar for every value except 0; the smallest bar is still visible.
pub(crate) fn bars(values: &[Option<f64>]) -> String {
    let mut path = String::new();
    for (at, value) in values.iter().enumerate() {
        if let Some(part) = value.filter(|part| *part > 0.0) {
            let high = (part * f64::from(HEIGHT)).round().max(2.0);
            add(
                &mut path,
                format_args!("M{at} {HEIGHT}m-.4 0v-{high}h.8v{high}"),
            );
        }
    }
    path
}

/// A stroke at the height `y` for each run of minutes that are true.
pub(crate) fn ticks(minutes: impl Iterator<Item = bool>, y: u8) -> String {
    let minutes: Vec<bool> = minutes.collect();
    let mut path = String::new();
    let mut at = 0;
    for run in minutes.chunk_by(|one, next| one == next) {
        if run[0] {
            add(&mut path, format_args!("M{at} {y}h{}", run.len()));
        }
        at += run.len();
    }
    path
}

/// The runs of values without a gap: where each begins, and its heights measured from the top.
fn runs(values: &[Option<f64>], height: u8) -> Vec<(usize, Vec<i32>)> {
    let y = |part: f64| i32::from(height) - (part * f64::from(height)).round() as i32;
    let mut from = 0;
    let mut runs = Vec::new();
    for run in values.chunk_by(|one, next| one.is_some() == next.is_some()) {
        let ys: Vec<i32> = run.iter().flatten().map(|part| y(*part)).collect();
        if !ys.is_empty() {
            runs.push((from, ys));
        }
        from += run.len();
    }
    runs
}

/// Continues from the first height to the last, one unit to the right each.
fn steps(path: &mut String, ys: &[i32]) {
    let rises: Vec<i32> = ys.windows(2).map(|two| two[1] - two[0]).collect();
    for run in rises.chunk_by(|one, next| (*one == 0) == (*next == 0)) {
        if run[0] == 0 {
            add(path, format_args!("h{}", run.len()));
            continue;
        }
        for (at, rise) in run.iter().enumerate() {
            path.push(if at == 0 { 'l' } else { ' ' });
            let between = if *rise < 0 { "" } else { " " };
            add(path, format_args!("1{between}{rise}"));
        }
    }
}

fn add(path: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing to a String can't fail.
    let _ = path.write_fmt(what);
}
