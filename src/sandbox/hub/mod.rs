//! An imitation of Azure IoT Hub: devices with keys, telemetry by partition, commands in queues of 50, shared access
//! signatures that are really checked.
//!
//! Each listener serves one API and no other, so that a network without a way out to port 5671 is one for the
//! connector as well: `device_api` on 443, `private_api` on 5671 of both hosts, and a page for tests.

mod core;
mod device_api;
mod devices;
mod private_api;
mod sas;
mod spec;
mod telemetry;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use serde_json::{Value, json};

use crate::sandbox::http::{Connections, Listen, Request, Response, Server, Service};
use crate::secret::Secret;

use self::core::{Core, now_ms};
pub use self::core::{Data, Names};
pub use devices::{Command, Device, Devices, Fate, QUEUE_LIMIT};
pub use sas::{Policy, Right, Rights};
pub use spec::{DeviceSpec, ListenSpec, PolicySpec, Spec};
pub use telemetry::{Event, Telemetry};

/// A running imitation.
pub struct Hub {
    server: Server,
    core: Arc<Core>,
    listeners: Listeners,
}

/// What each listener serves, and its connections; in the order of the server's addresses.
type Listeners = Vec<(Api, Arc<Connections>)>;

/// What a listener serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// Devices and registry, 443.
    Https,
    /// Commands from the stand-in connector, 5671 of the hub's host.
    Service,
    /// Telemetry to the stand-in connector, 5671 of the events host.
    Events,
    /// The test page; without TLS.
    Admin,
}

impl Hub {
    /// `listen`: addresses by API, in any number.
    pub fn start(
        names: Names,
        policies: Vec<Policy>,
        devices: Vec<(String, Secret)>,
        tls: &Arc<ServerConfig>,
        listen: &[(Api, String)],
    ) -> anyhow::Result<Self> {
        let mut registered = Devices::default();
        for (id, key) in devices {
            anyhow::ensure!(
                devices::is_valid_id(&id),
                "`{}` is no device id",
                id.escape_debug()
            );
            registered.put(&id, key);
        }
        let core = Arc::new(Core::new(names, policies, registered));
        let listeners: Listeners = listen
            .iter()
            .map(|(api, _)| (*api, Arc::default()))
            .collect();
        let served = listen
            .iter()
            .zip(&listeners)
            .map(|((api, addr), (_, connections))| Listen {
                addr: addr.clone(),
                tls: (*api != Api::Admin).then(|| Arc::clone(tls)),
                service: service(*api, &core, &listeners),
                connections: Arc::clone(connections),
            });
        Ok(Self {
            server: Server::start(served.collect())?,
            core,
            listeners,
        })
    }

    pub fn from_spec(spec: &Spec) -> anyhow::Result<Self> {
        let mut consumer_groups = vec!["$Default".to_owned()];
        consumer_groups.extend(spec.consumer_groups.iter().cloned());
        let names = Names {
            name: spec.name.clone(),
            host_name: spec.host_name.clone(),
            events_host: spec.events_host.clone(),
            events_path: spec.events_path.clone(),
            partitions: spec.partitions,
            consumer_groups,
        };
        let apis = [
            (Api::Https, &spec.listen.https),
            (Api::Service, &spec.listen.service),
            (Api::Events, &spec.listen.events),
            (Api::Admin, &spec.listen.admin),
        ];
        let all = apis
            .into_iter()
            .flat_map(|(api, addrs)| addrs.iter().map(move |addr| (api, addr.clone())));
        let listen: Vec<(Api, String)> = all.collect();
        let hub = Self::start(
            names,
            spec.read_policies()?,
            spec.read_devices()?,
            &spec.tls.load()?,
            &listen,
        )?;
        hub.server.set_faults(&spec.faults);
        Ok(hub)
    }

    /// Takes over policies, faults and devices of a spec (new ones are added, known ones get the key that it says; none
    /// is removed). Names, addresses and certificates stay as they were at the start.
    pub fn reload(&self, spec: &Spec) -> anyhow::Result<()> {
        let (policies, devices) = (spec.read_policies()?, spec.read_devices()?);
        self.core.with(|data| {
            data.policies = policies;
            for (id, key) in devices {
                data.devices.put(&id, key);
            }
        });
        self.server.set_faults(&spec.faults);
        Ok(())
    }

    /// The address of the first listener that serves this API.
    pub fn addr(&self, api: Api) -> Option<SocketAddr> {
        let index = self
            .listeners
            .iter()
            .position(|(served, _)| *served == api)?;
        self.server.addrs().get(index).copied()
    }

    /// Connections of an API's listeners: `(open now, accepted since the start)`.
    pub fn connections(&self, api: Api) -> (usize, usize) {
        connections(&self.listeners, api)
    }

    /// Addresses, request log and faults.
    pub fn server(&self) -> &Server {
        &self.server
    }

    pub fn names(&self) -> &Names {
        &self.core.names
    }

    pub fn put_device(&self, id: &str, key: Secret) {
        self.core.with(|data| data.devices.put(id, key));
    }

    pub fn remove_device(&self, id: &str) {
        self.core.with(|data| data.devices.remove(id));
    }

    pub fn set_policies(&self, policies: Vec<Policy>) {
        self.core.with(|data| data.policies = policies);
    }

    /// [`Self::inject`] for another thread: device and body.
    pub fn injector(&self) -> impl Fn(&str, &[u8]) + Send + use<> {
        let core = Arc::clone(&self.core);
        move |device, body| {
            core.with(|data| {
                data.telemetry
                    .append(sent_by(device, body, BTreeMap::new()))
            });
        }
    }

    /// A message as if the device had sent it: `(partition, offset)`.
    pub fn inject(
        &self,
        device: &str,
        body: &[u8],
        properties: BTreeMap<String, String>,
    ) -> (usize, i64) {
        let event = sent_by(device, body, properties);
        self.core.with(|data| data.telemetry.append(event))
    }

    /// Every command ever accepted for the device, in the order of arrival, with what became of it.
    pub fn commands(&self, device: &str) -> Vec<Command> {
        let found = self
            .core
            .look(|data| data.devices.get(device).map(Device::commands));
        found.unwrap_or_default()
    }

    /// Blocks until the condition gives something, or the time is over.
    pub fn wait<T>(&self, timeout: Duration, condition: impl Fn(&Data) -> Option<T>) -> Option<T> {
        self.core.wait(timeout, condition)
    }

    /// What the admin page shows: `partitions[] {partition, count, last_offset, reads}`,
    /// `devices{id} {telemetry, queued, commands[]}`, `connections{api} {open, accepted}`.
    pub fn state(&self) -> Value {
        state(&self.core, &self.listeners)
    }
}

fn sent_by(device: &str, body: &[u8], properties: BTreeMap<String, String>) -> Event {
    Event {
        offset: 0,
        sequence: 0,
        enqueued: now_ms(),
        device: device.to_owned(),
        body: body.to_vec(),
        system: BTreeMap::from([("iothub-connection-device-id".to_owned(), device.to_owned())]),
        properties,
    }
}

fn service(api: Api, core: &Arc<Core>, listeners: &Listeners) -> Arc<dyn Service> {
    let core = Arc::clone(core);
    let listeners = listeners.clone();
    match api {
        Api::Https => Arc::new(device_api::DeviceApi(core)),
        Api::Service => Arc::new(private_api::ServiceApi(core)),
        Api::Events => Arc::new(private_api::EventsApi(core)),
        Api::Admin => Arc::new(move |request: Request| match request.path.as_str() {
            "/state" => Response::json(200, &state(&core, &listeners)),
            _ => Response::empty(404),
        }),
    }
}

fn connections(listeners: &Listeners, api: Api) -> (usize, usize) {
    let of_api = listeners.iter().filter(|(served, _)| *served == api);
    of_api.fold((0, 0), |(open, accepted), (_, counted)| {
        (open + counted.open(), accepted + counted.accepted())
    })
}

fn state(core: &Core, listeners: &Listeners) -> Value {
    let mut state = core.state();
    for (name, api) in [
        ("https", Api::Https),
        ("service", Api::Service),
        ("events", Api::Events),
    ] {
        let (open, accepted) = connections(listeners, api);
        state["connections"][name] = json!({"open": open, "accepted": accepted});
    }
    state
}
