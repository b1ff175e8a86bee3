//! What can be found without asking: clusters and hubs that az lists, hosts of ~/.ssh/config, files beside the person,
//! earlier profiles. az is asked in the background while the person reads, and never waited for longer than a moment.

use crate::azure::{self, Az, AzError, ListedCluster, ListedHub, Meant};
use crate::context::Context;
use crate::edge::ssh_hosts;
use crate::jar;
use crate::profile;
use crate::ui::{Offer, Ui};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

/// How long a question waits for az, from the beginning of the wizard on. The CLI alone takes about two seconds to start.
const MOMENT: Duration = Duration::from_secs(5);
/// More are not read, and can still be typed.
const MOST: usize = 9;
/// A file of a hub is a few KiB; more is something else.
const LARGEST: u64 = 1 << 20;

pub struct Offers {
    clusters: Listing<ListedCluster>,
    hubs: Listing<ListedHub>,
}

struct Listing<T> {
    begun: Instant,
    coming: Receiver<Result<Vec<T>, AzError>>,
    came: Option<Result<Vec<T>, AzError>>,
}

impl Offers {
    pub fn begin(ctx: &Context) -> Self {
        let subscription = ctx.profile.hub.subscription.clone();
        let also = subscription.clone();
        Self {
            clusters: Listing::begin(move |az| az.clusters(subscription.as_deref())),
            hubs: Listing::begin(move |az| az.hubs(also.as_deref())),
        }
    }

    pub fn clusters(&mut self, ui: &Ui) -> Vec<Offer> {
        let note = |cluster: &ListedCluster| said(&[&cluster.state, &cluster.location]);
        let found = self.clusters.wait(ui, "asking az for your clusters");
        offers(
            found
                .iter()
                .map(|cluster| (cluster.name.clone(), note(cluster))),
        )
    }

    /// With the resource group of each.
    pub fn hubs(&mut self, ui: &Ui) -> (Vec<Offer>, Vec<Option<String>>) {
        let note = |hub: &ListedHub| said(&[&hub.tier, &hub.state, &hub.location]);
        let found = self.hubs.wait(ui, "asking az for your IoT Hubs");
        let groups = found.iter().map(|hub| hub.resource_group.clone()).collect();
        (
            offers(found.iter().map(|hub| (hub.name.clone(), note(hub)))),
            groups,
        )
    }

    /// Why az lists nothing, in a few words; none when it does.
    pub fn why_no_az(&self) -> Option<&'static str> {
        match &self.clusters.came {
            Some(Ok(_)) => None,
            Some(Err(AzError::Missing { .. })) => Some("az is not installed"),
            Some(Err(AzError::NotLoggedIn)) => Some("az is not logged in"),
            Some(Err(_)) => Some("az could not list them"),
            None => Some("az takes too long"),
        }
    }
}

impl<T: Send + 'static> Listing<T> {
    fn begin(list: impl FnOnce(&Az) -> Result<Vec<T>, AzError> + Send + 'static) -> Self {
        let (tell, coming) = mpsc::channel();
        let az = Az {
            timeout: Duration::from_secs(20),
            ..Az::default()
        };
        // Without a thread there is no listing; nobody is left to hear an answer when the wizard is over.
        let _ = thread::Builder::new()
            .name("az list".into())
            .spawn(move || tell.send(list(&az)));
        Self {
            begun: Instant::now(),
            coming,
            came: None,
        }
    }

    fn wait(&mut self, ui: &Ui, what: &str) -> &[T] {
        if self.came.is_none() {
            self.came = self.coming.try_recv().ok();
        }
        let left = MOMENT.saturating_sub(self.begun.elapsed());
        if self.came.is_none() && !left.is_zero() {
            let _waiting = ui.task(what);
            self.came = self.coming.recv_timeout(left).ok();
        }
        match &self.came {
            Some(Ok(items)) => items,
            _ => &[],
        }
    }
}

fn offers(found: impl Iterator<Item = (String, String)>) -> Vec<Offer> {
    let offer = |(text, note)| Offer { text, note };
    found.map(offer).take(MOST).collect()
}

fn said(parts: &[&str]) -> String {
    let parts: Vec<&str> = parts
        .iter()
        .copied()
        .filter(|part| !part.is_empty())
        .collect();
    parts.join(", ")
}

/// Earlier profiles of the configuration directory.
pub fn profiles() -> Vec<Offer> {
    let note = || "an earlier profile: nothing of it is asked again".to_owned();
    offers(profile::names().into_iter().map(|name| (name, note())))
}

/// Hosts of the SSH configuration, those that may be an edge node first.
pub fn hosts(cluster: Option<&str>) -> Vec<Offer> {
    let mut hosts = ssh_hosts();
    let fits =
        |host: &String| host.contains("edge") || cluster.is_some_and(|name| host.contains(name));
    hosts.sort_by_key(|host| !fits(host));
    offers(
        hosts
            .into_iter()
            .map(|host| (host, "~/.ssh/config".to_owned())),
    )
}

/// Private keys in ~/.ssh: files whose public half lies beside them.
pub fn keys() -> Vec<PathBuf> {
    let directory = std::env::home_dir().map(|home| home.join(".ssh"));
    let mut keys: Vec<PathBuf> = entries(directory.as_deref())
        .filter(|path| path.extension().is_some_and(|end| end == "pub"))
        .map(|path| path.with_extension(""))
        .filter(|path| path.is_file())
        .collect();
    keys.sort();
    keys.truncate(MOST);
    keys
}

/// A file of the working directory that says something about one hub, and in words what.
pub struct HubFile {
    pub path: PathBuf,
    pub note: String,
    pub has_key: bool,
    pub has_endpoint: bool,
}

pub fn hub_files() -> Vec<HubFile> {
    let mut files: Vec<HubFile> = entries(std::env::current_dir().ok().as_deref())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .filter(|path| std::fs::metadata(path).is_ok_and(|file| file.len() < LARGEST))
        .filter_map(|path| {
            let found = azure::recognise(&std::fs::read(&path).ok()?, Meant::default()).ok()?;
            let hub = found.name.as_deref().map(|name| format!("of {name}"));
            let note = match (found.events_path.is_some(), found.key.is_some()) {
                (true, true) => "endpoint and key",
                (true, false) => "endpoint",
                _ => "key",
            };
            Some(HubFile {
                note: said(&[note, &hub.unwrap_or_default()]),
                has_key: found.key.is_some(),
                has_endpoint: found.events_path.is_some(),
                path,
            })
        })
        .collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files.truncate(MOST);
    files
}

/// Jars of the working directory and of Downloads that have a source connector inside, with what they are.
pub fn jars() -> Vec<(PathBuf, String)> {
    let downloads = std::env::home_dir().map(|home| home.join("Downloads"));
    let here = std::env::current_dir().ok();
    let mut jars: Vec<(PathBuf, String)> = entries(here.as_deref())
        .chain(entries(downloads.as_deref()))
        .filter(|path| path.extension().is_some_and(|end| end == "jar"))
        .filter_map(|path| {
            let found = jar::inspect(&path).ok()?;
            found.source_class.as_ref()?;
            Some((path, jar_note(&found)))
        })
        .collect();
    jars.sort();
    jars.truncate(MOST);
    jars
}

pub fn jar_note(jar: &jar::Jar) -> String {
    let version = jar.version.as_deref().unwrap_or("of unknown version");
    let parts = match (&jar.source_class, &jar.sink_class) {
        (Some(_), Some(_)) => "source and sink",
        (Some(_), None) => "source only",
        _ => "no source",
    };
    format!("{version}, {parts}")
}

/// As a person would type it.
pub fn short(path: &Path) -> String {
    let below = |base: Option<PathBuf>, lead: &str| {
        let rest = path.strip_prefix(base?).ok()?;
        Some(format!("{lead}{}", rest.display()))
    };
    below(std::env::current_dir().ok(), "")
        .or_else(|| below(std::env::home_dir(), "~/"))
        .unwrap_or_else(|| path.display().to_string())
}

fn entries(directory: Option<&Path>) -> impl Iterator<Item = PathBuf> + use<> {
    let entries = directory.and_then(|directory| std::fs::read_dir(directory).ok());
    entries
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
}
