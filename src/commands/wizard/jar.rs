//! The connector's jar, checked by looking inside.

use super::offers::{self, jar_note, short};
use super::{Move, Wizard};
use crate::error::{Exit, Failure};
use crate::jar;
use crate::ui::{Offer, Pose, Reply};

const WHY: &str = "The jar of toketi-kafka-connect-iothub, which does the bridge's work.";
const EXPLAIN: &str = "A file of this machine; setup takes it to the edge node. The released jar is at \
    https://github.com/Azure/toketi-kafka-connect-iothub/releases; `hdikafka connector inspect FILE` shows what a jar has. \
    Jars of this directory and of ~/Downloads are listed.\nFlag: --jar; key: connector.jar.";

pub fn lacks(w: &Wizard) -> bool {
    w.ctx.profile.connector.jar.is_none()
}

pub fn ask(w: &mut Wizard) -> anyhow::Result<Move> {
    let jars = offers::jars();
    let offers: Vec<Offer> = jars
        .iter()
        .map(|(path, note)| Offer {
            text: short(path),
            note: note.clone(),
        })
        .collect();
    let before = w.ctx.profile.connector.jar.as_deref().map(short);
    let default = before.or_else(|| (offers.len() == 1).then(|| offers[0].text.clone()));
    loop {
        let reply = w.pose(Pose {
            why: WHY,
            explain: EXPLAIN,
            offers: &offers,
            label: if offers.is_empty() {
                "File"
            } else {
                "File or number"
            },
            default: default.as_deref(),
            ..Pose::default()
        })?;
        let text = match reply {
            Reply::Back => return Ok(Move::Back),
            Reply::Offer(index) => jars[index].0.display().to_string(),
            Reply::Text(text) => text,
        };
        let answered = w.ctx.profile.answer("connector.jar", &text);
        match answered.map_err(Into::into).and_then(|()| look(w)) {
            Ok(()) => return Ok(Move::Next),
            Err(error) => {
                w.ctx.profile.forget("connector.jar");
                w.refuse(&error);
            }
        }
    }
}

fn look(w: &Wizard) -> anyhow::Result<()> {
    let path = w
        .ctx
        .required(&w.ctx.profile.connector.jar, "connector.jar")?;
    let found = jar::inspect(path)?;
    if found.source_class.is_none() {
        let words = format!("{} has no source connector inside", short(path));
        return Err(Failure::new(Exit::Usage, words).into());
    }
    w.ctx
        .ui
        .success(&format!("{}: {}", short(path), jar_note(&found)));
    Ok(())
}
