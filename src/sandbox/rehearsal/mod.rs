//! A rehearsal: all imitated parts put together on loopback addresses of their own, with a ready profile. In process for
//! tests ([`Rehearsal`]), in the background for a person ([`process`]), and as a show ([`demo`]).

pub mod addresses;
pub mod demo;
pub mod files;
pub mod jar;
pub mod process;

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::ambari::{self, Ambari, Entrance};
use super::edge::{self, Node};
use super::entra::{Application, Directory, Entra, Signer, known_resources};
use super::http::Fault;
use super::hub::{Api, Hub, Names, Policy, Rights};
use super::kafka::{self, Cluster};
use super::rest_proxy::{self, RestProxy};
use super::tls::{Authority, server_config};
use super::worker;
use crate::secret::Secret;
use addresses::Addresses;
use files::{CLIENT, CLUSTER, DEVICE, HUB, Keys, POLICY, Place, ProfileFacts, TENANT};

/// Whom the workers trust.
const CA_ON_EDGE: &str = "/usr/local/share/ca-certificates/sandbox.crt";
/// The service principal of the application: what is a member of groups.
const MEMBER: &str = "5afe0000-0000-4000-8000-000000000003";
/// Where the workers find out how to misbehave; not there as long as they are to behave.
const WORKER_FAULTS: &str = "/usr/lib/hdikafka-sandbox/worker-faults.json";

/// What a rehearsal is started with.
pub struct Options {
    /// Where everything is written. Made when it is not there; removed by whoever asked for it.
    pub directory: PathBuf,
    /// This program: the edge node's imitated tools are run by it.
    pub program: PathBuf,
    pub faults: Faults,
}

/// Misbehaviour, for tests. Path prefix → fault where a part speaks HTTP.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    pub ambari: BTreeMap<String, Fault>,
    pub hub: BTreeMap<String, Fault>,
    pub entra: BTreeMap<String, Fault>,
    pub rest: BTreeMap<String, Fault>,
    /// By connector name, `*` for every other; a worker looks at them once, when it starts.
    pub workers: BTreeMap<String, worker::faults::Faults>,
    /// The SSH user is not in the sudoers file.
    pub sudo_refuses: bool,
}

/// What runs where.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct State {
    pub pid: u32,
    pub profile: PathBuf,
    pub parts: Vec<Part>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Part {
    pub name: String,
    pub address: String,
    pub state: String,
}

/// Running parts; dropping it ends them. The directory stays.
pub struct Rehearsal {
    pub ambari: Ambari,
    pub hub: Hub,
    pub kafka: Cluster,
    pub entra: Entra,
    pub rest: RestProxy,
    pub edge: Node,
    place: Place,
    addresses: Addresses,
}

impl Rehearsal {
    pub fn start(options: Options) -> anyhow::Result<Self> {
        let place = Place::new(&options.directory)?;
        let addresses = Addresses::claim()?;
        let keys = Keys::new();
        let names = hub_names();
        let authority = Authority::new("hdikafka sandbox")?;
        place.write("ca.pem", authority.ca_pem())?;
        place.write_secrets(&keys, &names)?;
        let ambari = ambari(&addresses, &authority, &keys)?;
        let hub = hub(&addresses, &authority, &keys, names.clone())?;
        let kafka = brokers(&addresses)?;
        let (entra, rest) = rest(&addresses, &authority, &keys, &kafka)?;
        let edge = edge(
            &addresses,
            &authority,
            &place,
            &names,
            &keys,
            &options.program,
        )?;
        let [source_port, sink_port] = addresses.worker_ports()?;
        place.write_profile(&ProfileFacts {
            addresses: &addresses,
            source_port,
            sink_port,
        })?;
        let rehearsal = Self {
            ambari,
            hub,
            kafka,
            entra,
            rest,
            edge,
            place,
            addresses,
        };
        rehearsal.set_faults(&options.faults)?;
        Ok(rehearsal)
    }

    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Instead of all that were set before.
    pub fn set_faults(&self, faults: &Faults) -> anyhow::Result<()> {
        self.ambari.server().set_faults(&faults.ambari);
        self.hub.server().set_faults(&faults.hub);
        self.entra.server().set_faults(&faults.entra);
        self.rest.server().set_faults(&faults.rest);
        self.edge.set_faults(|edge| {
            edge.sudo = match faults.sudo_refuses {
                true => edge::Sudo::Refused,
                false => edge::Sudo::Free,
            }
        })?;
        let path = self.edge.scratch().host_path(WORKER_FAULTS);
        if !faults.workers.is_empty() {
            return worker::faults::write(&path, &faults.workers);
        }
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    pub fn state(&self) -> State {
        let part = |name: &str, address: String| Part {
            name: name.to_owned(),
            address,
            state: "running".to_owned(),
        };
        State {
            pid: std::process::id(),
            profile: self.place.profile(),
            parts: vec![
                part("Ambari", format!("https://{}", self.addresses.gateway())),
                part(
                    "Kafka",
                    self.addresses
                        .brokers()
                        .map(|broker| self.addresses.broker_outside(&broker).to_string())
                        .join(","),
                ),
                part("Edge node", format!("sshuser@{}", self.edge.addr())),
                part("IoT Hub", format!("https://{}", self.addresses.hub_https())),
                part("REST proxy", format!("https://{}", self.addresses.rest())),
                part("Entra ID", format!("https://{}", self.addresses.azure())),
            ],
        }
    }
}

fn hub_names() -> Names {
    Names {
        name: HUB.to_owned(),
        host_name: format!("{HUB}.azure-devices.net"),
        events_host: format!("iothub-ns-{HUB}-1234567-abcdef0123.servicebus.windows.net"),
        events_path: format!("iothub-ehub-{HUB}-1234567-abcdef0123"),
        partitions: 4,
        consumer_groups: vec!["$Default".to_owned()],
    }
}

fn ambari(addresses: &Addresses, authority: &Authority, keys: &Keys) -> anyhow::Result<Ambari> {
    let gateway = addresses.gateway();
    let (cert, key) = authority.issue(
        &[&format!("{CLUSTER}.azurehdinsight.net")],
        &[(*gateway.ip()).into()],
    )?;
    let host = |host: addresses::Host, component: &str| json!({"name": host.name, "ip": host.ip, "components": {component: "STARTED"}});
    let brokers = addresses.brokers().map(|one| host(one, "KAFKA_BROKER"));
    let zookeepers = addresses
        .zookeepers()
        .map(|one| host(one, "ZOOKEEPER_SERVER"));
    let [first, second] = addresses.head_nodes();
    let heads = [
        host(first, "METRICS_COLLECTOR"),
        host(second, "METRICS_MONITOR"),
    ];
    let hosts: Vec<_> = [&brokers[..], &zookeepers, &heads].concat();
    let cluster: ambari::Cluster =
        serde_json::from_value(json!({"name": CLUSTER, "version": "HDP-3.1", "hosts": hosts}))?;
    Ambari::start(
        vec![
            Entrance {
                addr: gateway.to_string(),
                tls: Some(server_config(cert.as_bytes(), key.as_bytes())?),
            },
            Entrance {
                addr: addresses.ambari().to_string(),
                tls: None,
            },
        ],
        "admin",
        keys.ambari_password.clone(),
        vec![cluster],
    )
}

/// The edge node knows the others by the names of the cluster and of Azure, and may connect to nothing else.
fn edge(
    addresses: &Addresses,
    authority: &Authority,
    place: &Place,
    names: &Names,
    keys: &Keys,
    program: &Path,
) -> anyhow::Result<Node> {
    let host = |name: &str, address: Ipv4Addr| edge::Host {
        address: address.into(),
        names: vec![name.to_owned()],
    };
    let [first, _] = addresses.head_nodes();
    let mut hosts = vec![
        host("headnodehost", first.ip),
        host(&names.host_name, *addresses.hub_commands().ip()),
        host(&names.events_host, *addresses.hub_events().ip()),
    ];
    let cluster = [
        &addresses.brokers()[..],
        &addresses.zookeepers(),
        &addresses.head_nodes(),
    ]
    .concat();
    hosts.extend(cluster.iter().map(|one| host(&one.name, one.ip)));
    let key = ssh_key()?;
    place.write(
        "id_ed25519",
        &key.to_openssh(russh::keys::ssh_key::LineEnding::LF)?,
    )?;
    let mut options = edge::Options::new(place.edge(), program);
    options.listen = addresses.edge_ssh().into();
    options.host_name = "ed10-kafka".to_owned();
    options.password = Some(keys.edge_password.clone());
    options.authorized_keys = vec![key.public_key().to_openssh()?];
    options.hosts = hosts;
    options.files = vec![edge::GuestFile {
        path: CA_ON_EDGE.to_owned(),
        contents: authority.ca_pem().as_bytes().to_vec(),
        mode: 0o644,
        owner: Default::default(),
    }];
    options.worker_environment = vec![
        (worker::CA_VARIABLE.to_owned(), CA_ON_EDGE.to_owned()),
        (
            worker::faults::VARIABLE.to_owned(),
            WORKER_FAULTS.to_owned(),
        ),
    ];
    let node = Node::start(options)?;
    place.write("known_hosts", &node.known_hosts())?;
    Ok(node)
}

fn ssh_key() -> anyhow::Result<russh::keys::PrivateKey> {
    Ok(russh::keys::PrivateKey::random(
        &mut russh::keys::key::safe_rng(),
        russh::keys::Algorithm::Ed25519,
    )?)
}

/// Three brokers: the cluster's names for who comes from inside, addresses of this machine for who does not.
fn brokers(addresses: &Addresses) -> anyhow::Result<Cluster> {
    let node = |(id, host): (i32, &addresses::Host)| kafka::Node {
        id,
        listeners: vec![
            kafka::Listener {
                name: "internal".to_owned(),
                bind: addresses.broker_inside(host).to_string(),
                advertised: Some((host.name.clone(), addresses.broker_inside(host).port())),
            },
            kafka::Listener {
                name: kafka::EXTERNAL.to_owned(),
                bind: addresses.broker_outside(host).to_string(),
                advertised: None,
            },
        ],
    };
    let hosts = addresses.brokers();
    Cluster::start(kafka::Options::new(
        (1001..).zip(&hosts).map(node).collect(),
    ))
}

/// Entra ID with one application, and the REST proxy that lets it in.
fn rest(
    addresses: &Addresses,
    authority: &Authority,
    keys: &Keys,
    kafka: &Cluster,
) -> anyhow::Result<(Entra, RestProxy)> {
    let tls = |address: std::net::SocketAddrV4| {
        let (cert, key) = authority.issue(&[], &[(*address.ip()).into()])?;
        server_config(cert.as_bytes(), key.as_bytes())
    };
    let application = Application {
        client_id: CLIENT.to_owned(),
        object_id: MEMBER.to_owned(),
        secret: keys.application.clone(),
        state: Default::default(),
    };
    let directory = Directory {
        tenant: TENANT.to_owned(),
        domain: None,
        applications: vec![application],
        resources: known_resources(),
        token_seconds: 3599,
    };
    let azure = addresses.azure();
    let entra = Entra::start(
        &azure.to_string(),
        &tls(azure)?,
        directory,
        Signer::generate()?,
    )?;
    let rest = addresses.rest();
    let options = rest_proxy::Options {
        bootstrap: kafka.bootstrap(kafka::EXTERNAL),
        members: BTreeSet::from([MEMBER.to_owned()]),
        refresh: std::time::Duration::from_secs(1),
        wrapped: true,
    };
    let proxy = RestProxy::start(&rest.to_string(), &tls(rest)?, entra.verifier(), options)?;
    Ok((entra, proxy))
}

fn hub(
    addresses: &Addresses,
    authority: &Authority,
    keys: &Keys,
    names: Names,
) -> anyhow::Result<Hub> {
    let ips = [addresses.hub_https(), addresses.hub_events()].map(|addr| (*addr.ip()).into());
    let (cert, key) = authority.issue(&[&names.host_name, &names.events_host], &ips)?;
    let policy = |name: &str, rights: &str, key: &Secret| -> anyhow::Result<Policy> {
        let rights = Rights::try_from(rights.to_owned()).map_err(anyhow::Error::msg)?;
        Ok(Policy {
            name: name.to_owned(),
            rights,
            keys: vec![key.clone()],
        })
    };
    Hub::start(
        names,
        vec![
            policy(POLICY, "ServiceConnect", &keys.hub_policy)?,
            policy(
                "iothubowner",
                "RegistryWrite, ServiceConnect, DeviceConnect",
                &keys.hub_owner,
            )?,
        ],
        vec![(DEVICE.to_owned(), keys.device.clone())],
        &server_config(cert.as_bytes(), key.as_bytes())?,
        &[
            (Api::Https, addresses.hub_https().to_string()),
            (Api::Service, addresses.hub_commands().to_string()),
            (Api::Events, addresses.hub_events().to_string()),
        ],
    )
}
