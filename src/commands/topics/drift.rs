//! What the profile wants of its two topics, beside what there is.

use crate::context::Context;
use crate::facts::drift::{Difference, between};
use crate::facts::topics::Shape;
use crate::ui::Style;
use std::io;

/// Where a topic of the profile has another shape; of every other topic nothing is wanted.
pub fn of(ctx: &Context, name: &str, found: Shape) -> Vec<Difference> {
    let topics = &ctx.profile.topics;
    if name != topics.telemetry && name != topics.commands {
        return Vec::new();
    }
    let number = |number: i32| usize::try_from(number).unwrap_or_default();
    let wanted = Shape {
        partitions: number(topics.partitions),
        replication_factor: number(topics.replication_factor),
    };
    between(wanted, found)
}

/// Topics of the profile that are not among these.
pub fn missing<'a>(ctx: &Context, there: impl Iterator<Item = &'a str> + Clone) -> Vec<String> {
    let topics = &ctx.profile.topics;
    [&topics.telemetry, &topics.commands]
        .into_iter()
        .filter(|wanted| !there.clone().any(|name| name == wanted.as_str()))
        .cloned()
        .collect()
}

/// A line for each difference.
pub fn write(
    name: &str,
    drift: &[Difference],
    out: &mut dyn io::Write,
    style: &Style,
) -> io::Result<()> {
    for difference in drift {
        writeln!(out, "{}: {difference}", style.warn(name))?;
    }
    Ok(())
}
