//! The first question: which cluster. A name is checked by knocking at its gateway; no password is sent for that.

use super::offers;
use super::{Move, Wizard};
use crate::ambari;
use crate::profile::keys;
use crate::secret::Secret;
use crate::ui::{Offer, Pose, Reply};
use anyhow::Context as _;

const WHY: &str = "The HDInsight Kafka cluster that the bridge belongs to.";
const EXPLAIN: &str = "The name that the cluster has in the Azure portal: of https://mykafka.azurehdinsight.net it is mykafka. \
    An address that begins with https:// is taken as that of its Ambari. What is listed comes from your az login and from \
    earlier profiles.\nFlags: --cluster, --gateway; keys: cluster.name, cluster.gateway.";

pub fn lacks(w: &Wizard) -> bool {
    let cluster = &w.ctx.profile.cluster;
    cluster.brokers.is_empty() && cluster.gateway.is_none()
}

pub fn ask(w: &mut Wizard) -> anyhow::Result<Move> {
    let mut offers: Vec<Offer> = w.offers.clusters(&w.ctx.ui);
    let clusters = offers.len();
    if w.whole {
        offers.extend(offers::profiles());
    }
    let before = w.ctx.profile.cluster.name.clone();
    // One that is alone is most likely the one.
    let only = (clusters == 1).then(|| offers[0].text.clone());
    let default = before.clone().or(only);
    let why = match w.offers.why_no_az() {
        Some(why) if clusters == 0 => format!("{WHY} ({why}: none is listed)"),
        _ => WHY.to_owned(),
    };
    loop {
        let reply = w.pose(Pose {
            why: &why,
            explain: EXPLAIN,
            offers: &offers,
            label: if offers.is_empty() {
                "Name"
            } else {
                "Name or number"
            },
            default: default.as_deref(),
            check: Some(&check),
            ..Pose::default()
        })?;
        let name = match reply {
            Reply::Back => return Ok(Move::Back),
            Reply::Text(text) => text,
            Reply::Offer(index) if index < clusters => offers[index].text.clone(),
            Reply::Offer(index) => match w.ctx.profile.instead(&offers[index].text) {
                Ok(profile) => {
                    w.ctx.profile = profile;
                    return Ok(Move::Anew);
                }
                Err(error) => {
                    w.refuse(&error.into());
                    continue;
                }
            },
        };
        if before.as_deref() != Some(name.as_str()) {
            // Nobody wants the password of one cluster sent to another.
            for key in [
                "cluster.name",
                "cluster.gateway",
                "cluster.password",
                "edge.host",
            ] {
                w.ctx.profile.forget(key);
            }
            w.cluster = None;
        }
        let key = if is_url(&name) {
            "cluster.gateway"
        } else {
            "cluster.name"
        };
        match w
            .ctx
            .profile
            .answer(key, &name)
            .map_err(Into::into)
            .and_then(|()| knock(w))
        {
            Ok(()) => return Ok(Move::Next),
            Err(error) => w.refuse(&error),
        }
    }
}

fn check(text: &str) -> Result<(), String> {
    let key = if is_url(text) {
        "cluster.gateway"
    } else {
        "cluster.name"
    };
    keys::key(key).map_or(Ok(()), |key| key.check(text))
}

fn is_url(text: &str) -> bool {
    text.contains("://")
}

fn knock(w: &Wizard) -> anyhow::Result<()> {
    let settings = &w.ctx.profile.cluster;
    let base_url = w.ctx.required(&settings.gateway, "cluster.name")?.clone();
    let knocking = w.ctx.ui.task(&format!("looking for {base_url}"));
    let client = ambari::Client::new(ambari::Settings {
        base_url: base_url.clone(),
        user: settings.user.clone(),
        password: Secret::new(""),
        ca_pem: w.ctx.ca_pem()?,
        timeout: w.ctx.timeout,
    })?;
    client.knock().context("nobody answers for this cluster")?;
    drop(knocking);
    w.ctx.ui.success(&format!("{base_url} answers"));
    Ok(())
}
