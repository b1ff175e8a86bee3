//! The two topics, looked up in Kafka by the route that the bridge itself will take.

use super::{Move, Wizard};
use crate::facts::places::{Connector, sink_group};
use crate::facts::topics;
use crate::profile::keys;
use crate::ui::{Pose, Reply};
use anyhow::Context as _;

const WHY: &str =
    "One topic gets the telemetry of the devices, from the other commands go to them.";
const EXPLAIN: &str = "A topic that is not there will be made, with 8 partitions and 3 replicas unless --partitions and \
    --replication-factor say otherwise. One that is there is left as it is.\nFlags: --telemetry-topic, --commands-topic; keys: \
    topics.telemetry, topics.commands.";

const ROWS: [(&str, &str); 2] = [
    ("topics.telemetry", "Telemetry"),
    ("topics.commands", "Commands"),
];

pub fn lacks(w: &Wizard) -> bool {
    w.whole && ROWS.iter().any(|(key, _)| w.ctx.profile.is_default(key))
}

pub fn ask(w: &mut Wizard) -> anyhow::Result<Move> {
    let mut at = 0;
    let mut heading = true;
    while let Some((key, label)) = ROWS.get(at) {
        let default = match *key {
            "topics.telemetry" => w.ctx.profile.topics.telemetry.clone(),
            _ => w.ctx.profile.topics.commands.clone(),
        };
        if !heading && w.error.is_none() {
            w.error = Some(String::new());
        }
        heading = false;
        let reply = w.pose(Pose {
            why: WHY,
            explain: EXPLAIN,
            label,
            default: Some(&default),
            check: Some(&|text| keys::key(key).map_or(Ok(()), |key| key.check(text))),
            ..Pose::default()
        })?;
        match reply {
            Reply::Back if at == 0 => return Ok(Move::Back),
            Reply::Back => at -= 1,
            Reply::Offer(_) => {}
            Reply::Text(text) => {
                let answered = match text == default {
                    true => Ok(()),
                    false => w.ctx.profile.answer(key, &text).map_err(Into::into),
                };
                match answered.and_then(|()| look(w, &text)) {
                    Ok(()) => at += 1,
                    Err(error) => w.refuse(&error),
                }
            }
        }
    }
    Ok(Move::Next)
}

fn look(w: &mut Wizard, topic: &str) -> anyhow::Result<()> {
    let asking = w.ctx.ui.task("asking Kafka for its topics");
    if w.cluster.is_none() {
        w.cluster = Some(w.ctx.cluster()?);
    }
    let brokers = match &w.cluster {
        Some(cluster) => cluster.started()?,
        None => Vec::new(),
    };
    let settings = w.ctx.kafka(brokers)?;
    let group = sink_group(Connector::Sink.connect_name());
    let found = topics::ask(&settings, &group, &w.ctx.profile.topics.commands)
        .context("asking Kafka for its topics")?;
    drop(asking);
    let wanted = &w.ctx.profile.topics;
    w.ctx.ui.success(&match found.topics.get(topic) {
        Some(shape) => format!(
            "{topic} is there: {} partitions, replication {}",
            shape.partitions, shape.replication_factor
        ),
        None => format!(
            "{topic} will be made: {} partitions, replication {}",
            wanted.partitions, wanted.replication_factor
        ),
    });
    Ok(())
}
