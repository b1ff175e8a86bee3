//! The way to the edge node: whether this machine is it, the login, and who is asked for what the settings do not say.

use super::Context;
use crate::edge::{
    HostKeyDecision, Local, PasswordSource, Questions, Reconnecting, Remote, RemoteError, Sudo,
    Target, UnknownKey,
};
use crate::error::{Exit, Failure};
use crate::profile::{Access, Profile};
use crate::secret::Secret;
use std::ffi::CStr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

impl Context {
    pub(super) fn connect_to_edge(&self) -> anyhow::Result<Result<Arc<dyn Remote>, RemoteError>> {
        let edge = &self.profile.edge;
        let questions = self.questions();
        let node: Arc<dyn Remote> = if self.is_on_the_edge() {
            self.ui.detail("this machine is the edge node");
            Arc::new(Local)
        } else {
            match self.connect_by_ssh(&questions)? {
                Ok(remote) => Arc::new(remote),
                Err(error) => return Ok(Err(error)),
            }
        };
        let (own, login) = (edge.sudo_password.clone(), edge.password.clone());
        let given: PasswordSource = Box::new(move || {
            let source = if own.is_set() { &own } else { &login };
            source.resolve().map_err(|error| error.to_string())
        });
        Ok(Ok(Arc::new(Sudo::new(node, given, questions))))
    }

    fn connect_by_ssh(
        &self,
        questions: &Questions,
    ) -> anyhow::Result<Result<Reconnecting, RemoteError>> {
        let edge = &self.profile.edge;
        let host = self.required(&edge.host, "edge.host")?;
        let jump = match edge.jump.as_slice() {
            [] => None,
            [none] if none == "none" => Some(Vec::new()),
            hops => Some(hops.to_vec()),
        };
        let target = Target {
            host: host.to_owned(),
            port: edge.port,
            user: (!self.profile.is_default("edge.user")).then(|| edge.user.clone()),
            default_user: Some(edge.user.clone()),
            identity_file: edge.identity_file.clone(),
            passphrase: edge.passphrase.resolve()?,
            password: edge.password.resolve()?,
            questions: questions.clone(),
            jump,
            pinned_host_key: edge.host_key.clone(),
            known_hosts: edge.known_hosts.clone(),
            connect_timeout: Some(self.timeout),
            accept: self.host_key_decision(),
            ..Target::default()
        };
        self.ui.detail(&format!("connecting to {host}"));
        let ui = Arc::clone(&self.ui);
        let connected = Reconnecting::connect(&target, Arc::new(move |text| ui.detail(text)));
        if connected.is_err() && self.ended.load(Ordering::Relaxed) {
            let words = "the input ended before the host key was trusted: nothing was changed";
            return Err(Failure::new(Exit::Interrupted, words).into());
        }
        Ok(connected)
    }

    /// Whether commands for the edge node run right here.
    pub(super) fn is_on_the_edge(&self) -> bool {
        match self.profile.edge.access {
            Access::Local => true,
            Access::Ssh => false,
            Access::Auto => is_this(&self.profile, &own_name()),
        }
    }

    /// Passphrases and passwords: a person is asked on a terminal, nobody otherwise.
    fn questions(&self) -> Questions {
        if !self.ui.interactive() {
            return Questions::default();
        }
        let ui = Arc::clone(&self.ui);
        let questions = Questions::to(Arc::new(move |question: &str| {
            ui.secret(question).ok().map(Secret::new)
        }));
        match self.wizard_logs_in.load(Ordering::Relaxed) {
            true => questions.without_passwords(),
            false => questions,
        }
    }

    /// An unknown host key: a person decides, off a terminal it is refused.
    fn host_key_decision(&self) -> HostKeyDecision {
        if !self.ui.interactive() {
            return HostKeyDecision::Refuse;
        }
        let (ui, ended) = (Arc::clone(&self.ui), Arc::clone(&self.ended));
        HostKeyDecision::Ask(Arc::new(move |key: &UnknownKey| {
            let details = format!(
                "The host {} is not known yet.\nIts {} key is {}.\nCompare it with what `ssh-keygen -lf` says on the node itself.",
                key.host, key.key_type, key.fingerprint
            );
            ui.confirm(&details, "Trust it and remember it?")
                .inspect_err(|_| ended.store(true, Ordering::Relaxed))
                .unwrap_or(false)
        }))
    }
}

/// `local` and `localhost` say so, unless a port says that a forwarded one is meant. Otherwise this machine is the edge node
/// if Kafka is installed here and it has the edge node's name: the one in the settings or, where they name none, the one
/// that HDInsight gives, `ed0-` and the beginning of the cluster's name. The planner still refuses what is no edge node.
fn is_this(profile: &Profile, own: &str) -> bool {
    let edge = &profile.edge;
    let host = edge.host.as_deref().unwrap_or_default();
    if edge.port.is_none() && ["local", "localhost"].contains(&host) {
        return true;
    }
    if !Path::new(&edge.kafka_home).exists() {
        return false;
    }
    let short = |name: &str| name.split('.').next().unwrap_or_default().to_lowercase();
    if !profile.is_default("edge.host") {
        let same = host.eq_ignore_ascii_case(own);
        return edge.port.is_none() && (same || (!host.contains('.') && short(own) == short(host)));
    }
    let cluster = profile.cluster.name.as_deref().unwrap_or_default();
    let own = short(own);
    let (node, of) = own.split_once('-').unwrap_or_default();
    let is_edge = node
        .strip_prefix("ed")
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()));
    is_edge && !of.is_empty() && cluster.to_lowercase().starts_with(of)
}

/// The kernel's name of this machine; empty if it has none.
fn own_name() -> String {
    let mut name = [0u8; 256];
    // SAFETY: the buffer is writable for the length given; the last byte stays 0.
    let done = unsafe { libc::gethostname(name.as_mut_ptr().cast(), name.len() - 1) };
    let text = CStr::from_bytes_until_nul(&name).unwrap_or_default();
    match done {
        0 => text.to_string_lossy().into_owned(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{Selection, load};

    fn is_here(flags: &[(&'static str, &str)], own: &str) -> bool {
        let selection = Selection {
            config: None,
            profile: None,
            cwd: "/nonexistent".into(),
            env: &|_| None,
        };
        let flags: Vec<_> = flags.iter().map(|(k, v)| (*k, (*v).to_owned())).collect();
        is_this(&load(&selection, &flags).unwrap(), own)
    }

    #[test]
    fn the_edge_node_knows_itself() {
        let kafka = ("edge.kafka_home", "/usr");
        let none = ("edge.kafka_home", "/nonexistent/kafka");
        let own = "ed10-mykafk.abc.ax.internal.cloudapp.net";
        for (host, port, home, expected) in [
            ("local", None, none, true),
            ("localhost", None, none, true),
            ("localhost", Some("2222"), kafka, false),
            ("ed10-mykafk", None, kafka, true),
            (own, None, kafka, true),
            (
                "ED10-mykafk.abc.ax.internal.cloudapp.net",
                None,
                kafka,
                true,
            ),
            ("ed10-mykafk", None, none, false),
            ("ed10-mykafk", Some("22"), kafka, false),
            ("ed11-mykafk", None, kafka, false),
            ("ed10-mykafk.elsewhere", None, kafka, false),
        ] {
            let mut flags = vec![("edge.host", host), home];
            flags.extend(port.map(|port| ("edge.port", port)));
            assert_eq!(is_here(&flags, own), expected, "{flags:?}");
        }
        for (cluster, own, expected) in [
            ("mykafka", own, true),
            ("MyKafka", own, true),
            ("other", own, false),
            ("mykafka", "hn0-mykafk", false),
            ("mykafka", "ed-mykafk", false),
            ("mykafka", "ed0-", false),
            ("mykafka", "laptop", false),
            ("mykafka", "", false),
        ] {
            assert_eq!(
                is_here(&[("cluster.name", cluster), kafka], own),
                expected,
                "{cluster} {own}"
            );
            assert!(!is_here(&[("cluster.name", cluster), none], own));
        }
    }
}
