//! The login of the cluster, checked by asking Ambari for its hosts. Each password is sent once, the same one never twice,
//! and after three that were refused the wizard ends: a gateway locks accounts.

use super::{Move, Wizard};
use crate::ambari::AmbariError;
use crate::error::{Exit, Failure};
use crate::facts::cluster::ClusterError;
use crate::profile::keys;
use crate::secret::Secret;
use crate::ui::{Offer, Pose, PoseInput, Reply};

const WHY: &str = "Ambari tells which brokers there are. The password is not shown, and not kept unless you say so later.";
const EXPLAIN: &str = "The \"cluster login\" that was chosen when the cluster was made, mostly admin; not the SSH user. It can be \
    set anew in the Azure portal: SSH + Cluster login, Reset credential.\nFlags: --ambari-user, --ambari-password-file; keys: \
    cluster.user, cluster.password; variable: HDIKAFKA_AMBARI_PASSWORD.";
/// Fewer than any gateway takes for an attack.
const TRIES: usize = 3;

pub fn lacks(w: &Wizard) -> bool {
    let cluster = &w.ctx.profile.cluster;
    cluster.brokers.is_empty() && !cluster.password.is_set()
}

pub fn ask(w: &mut Wizard) -> anyhow::Result<Move> {
    let asks_user = w.whole
        && (w.ctx.profile.is_default("cluster.user") || !w.ctx.profile.entered().is_empty());
    loop {
        if asks_user && let Some(back) = user(w)? {
            return Ok(back);
        }
        match password(w)? {
            Some(next) => return Ok(next),
            None if !asks_user => return Ok(Move::Back),
            None => {}
        }
    }
}

fn user(w: &mut Wizard) -> anyhow::Result<Option<Move>> {
    let user = w.ctx.profile.cluster.user.clone();
    let reply = w.pose(Pose {
        why: WHY,
        explain: EXPLAIN,
        label: "User",
        default: Some(&user),
        check: Some(&|text| keys::key("cluster.user").map_or(Ok(()), |key| key.check(text))),
        ..Pose::default()
    })?;
    match reply {
        Reply::Text(text) if text != user => w.ctx.profile.answer("cluster.user", &text)?,
        Reply::Text(_) | Reply::Offer(_) => {}
        Reply::Back => return Ok(Some(Move::Back)),
    }
    // The password belongs to the same question: no heading of its own.
    Ok(None)
}

/// `None`: back.
fn password(w: &mut Wizard) -> anyhow::Result<Option<Move>> {
    let mut heading = !w.whole;
    loop {
        let before = entered(w);
        let label = format!("Password of {}", w.ctx.profile.cluster.user);
        let kept = before.as_ref().map(|_| "");
        let label = match kept {
            Some(_) => format!("{label} (Enter: as before)"),
            None => label,
        };
        if !heading && w.error.is_none() {
            w.error = Some(String::new());
        }
        heading = false;
        let reply = w.pose(Pose {
            why: WHY,
            explain: EXPLAIN,
            label: &label,
            default: kept,
            input: PoseInput::Hidden,
            ..Pose::default()
        })?;
        let Reply::Text(text) = reply else {
            return Ok(None);
        };
        if was_refused(w, &text) {
            w.error = Some("this one was refused already, and is not sent again".to_owned());
            continue;
        }
        if !text.is_empty() {
            w.ctx
                .profile
                .answer_secret("cluster.password", Secret::new(text))?;
        }
        match check(w) {
            Ok(()) => return which(w).map(Some),
            Err(error) => {
                let refused = matches!(
                    error
                        .chain()
                        .find_map(|link| link.downcast_ref::<AmbariError>()),
                    Some(AmbariError::Credentials { .. })
                );
                let sent = entered(w);
                w.ctx.profile.forget("cluster.password");
                if !refused {
                    w.refuse(&error);
                    continue;
                }
                let user = w.ctx.profile.cluster.user.clone();
                w.refused.extend(sent.map(|secret| (user, secret)));
                if w.refused.len() >= TRIES {
                    let words = "three passwords were refused: the wizard ends before the account is locked";
                    return Err(error.context(Failure::new(Exit::Auth, words).hint(
                        "set the cluster login anew in the Azure portal, or give --ambari-user and --ambari-password-file",
                    )));
                }
                w.error = Some(format!(
                    "Ambari does not accept this user and password; {} more before the wizard ends, to lock nobody out",
                    match TRIES - w.refused.len() {
                        1 => "one try".to_owned(),
                        left => format!("{left} tries"),
                    }
                ));
            }
        }
    }
}

fn was_refused(w: &Wizard, text: &str) -> bool {
    let user = &w.ctx.profile.cluster.user;
    let same = |(who, secret): &(String, Secret)| who == user && secret.expose() == text;
    w.refused.iter().any(same)
}

fn entered(w: &Wizard) -> Option<Secret> {
    let entered = w.ctx.profile.entered().into_iter();
    entered
        .filter(|(key, _)| *key == "cluster.password")
        .map(|(_, secret)| secret)
        .next()
}

/// Asks Ambari for the hosts. An Ambari with several clusters has accepted the login as well.
fn check(w: &mut Wizard) -> anyhow::Result<()> {
    let asking = w.ctx.ui.task("asking Ambari for the hosts");
    match w.ctx.cluster() {
        Ok(cluster) => {
            drop(asking);
            w.ctx.ui.success(&format!(
                "{}: {} brokers, {} ZooKeeper servers",
                cluster.name,
                cluster.bootstrap().len(),
                cluster.zookeeper().len()
            ));
            w.cluster = Some(cluster);
            Ok(())
        }
        Err(error) => match error.downcast_ref::<ClusterError>() {
            Some(ClusterError::Several { .. }) => {
                w.cluster = None;
                Ok(())
            }
            _ => Err(error),
        },
    }
}

/// One Ambari may know several clusters; the name of the only one needs no question.
fn which(w: &mut Wizard) -> anyhow::Result<Move> {
    if let Some(cluster) = &w.cluster {
        if w.ctx.profile.cluster.name.is_none() {
            let name = cluster.name.clone();
            w.ctx.profile.answer("cluster.name", &name)?;
        }
        return Ok(Move::Next);
    }
    let known = match w.ctx.cluster() {
        Err(error) => match error.downcast_ref::<ClusterError>() {
            Some(ClusterError::Several { known }) => known.clone(),
            _ => return Err(error),
        },
        Ok(_) => return Ok(Move::Next),
    };
    let offers: Vec<Offer> = known
        .split(", ")
        .map(|name| Offer {
            text: name.to_owned(),
            note: "of this Ambari".to_owned(),
        })
        .collect();
    loop {
        let reply = w.pose(Pose {
            why: "This Ambari knows several clusters.",
            explain: "Flag: --cluster; key: cluster.name.",
            offers: &offers,
            label: "Name or number",
            ..Pose::default()
        })?;
        let name = match reply {
            Reply::Text(text) => text,
            Reply::Offer(index) => offers[index].text.clone(),
            Reply::Back => {
                w.ctx.profile.forget("cluster.password");
                return Ok(Move::Back);
            }
        };
        match w
            .ctx
            .profile
            .answer("cluster.name", &name)
            .map_err(Into::into)
            .and_then(|()| check(w))
        {
            Ok(()) => return Ok(Move::Next),
            Err(error) => w.refuse(&error),
        }
    }
}
