//! How many round trips an operator far away waits for: the same command through a long wire and through one of no length,
//! (difference / round trip). What the program and the machine take themselves is in both, and the wire is so long that
//! what else the machine does hardly counts.

use super::stage::Stage;
use std::io::{Read, Write};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

const ROUND_TRIP: Duration = Duration::from_millis(250);
const RUNS: usize = 2;
/// Nothing to do: what is aimed at. From the laptop's view 6 of them are the login.
const SETUP: f64 = 16.0;
/// From cold, through the tunnel.
const SEND: f64 = 15.0;
/// Of `status`, which asks the node and Kafka side by side.
const STATUS: f64 = 16.0;

/// A wire to a server: every byte is under way for half of a round trip, and the first one only after TCP's handshake.
struct Wire {
    addr: SocketAddr,
    round_trip: Arc<AtomicU64>,
}

impl Wire {
    /// Listens at the address of the server, whose certificate names it.
    fn to(server: SocketAddr) -> Self {
        let listener = TcpListener::bind((server.ip(), 0)).unwrap();
        let addr = listener.local_addr().unwrap();
        let round_trip = Arc::new(AtomicU64::new(0));
        let millis = Arc::clone(&round_trip);
        thread::spawn(move || {
            for near in listener.incoming() {
                let whole = Duration::from_millis(millis.load(Ordering::SeqCst));
                thread::spawn(move || carry(near.unwrap(), server, whole));
            }
        });
        Self { addr, round_trip }
    }

    fn is(&self, round_trip: Duration) {
        let millis = round_trip.as_millis().try_into().unwrap();
        self.round_trip.store(millis, Ordering::SeqCst);
    }
}

fn carry(near: TcpStream, server: SocketAddr, round_trip: Duration) {
    // Our own connection stood at once; a real client would have waited for one round trip, and what it says first would
    // be there half of one later: when the server, too, knows of the connection.
    let connected = Instant::now() + round_trip * 3 / 2;
    let near_out = near.try_clone().unwrap();
    let (far_in, far_out) = mpsc::channel();
    thread::spawn(move || one_way(near, far_out, round_trip / 2, connected));
    thread::sleep(connected.saturating_duration_since(Instant::now()));
    let far = TcpStream::connect(server).unwrap();
    near_out.set_nodelay(true).unwrap();
    far.set_nodelay(true).unwrap();
    far_in.send(far.try_clone().unwrap()).unwrap();
    let (near_in, near_out_of) = mpsc::channel();
    near_in.send(near_out).unwrap();
    one_way(far, near_out_of, round_trip / 2, connected);
}

/// What comes is passed on after `delay`, and not before `earliest`, when there is somebody to pass it on to.
fn one_way(mut from: TcpStream, to: Receiver<TcpStream>, delay: Duration, earliest: Instant) {
    let (tell, told) = mpsc::channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || {
        let Ok(mut to) = to.recv() else { return };
        for (when, bytes) in told {
            thread::sleep(when.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Write);
    });
    let mut piece = vec![0; 64 << 10];
    while let Ok(count @ 1..) = from.read(&mut piece) {
        let due = earliest.max(Instant::now() + delay);
        let sent = tell.send((due, piece[..count].to_vec()));
        if sent.is_err() {
            break;
        }
    }
}

/// Both wires of an operator: to the gateway and to the edge node.
struct Far {
    stage: Stage,
    wires: [Wire; 2],
}

impl Far {
    fn new(stage: Stage) -> Self {
        let profile = std::fs::read_to_string(stage.place().profile()).unwrap();
        let gateway = profile.split("gateway = \"https://").nth(1).unwrap();
        let gateway: SocketAddr = gateway.split('"').next().unwrap().parse().unwrap();
        let edge = stage.rehearsal.edge.addr();
        let wires = [Wire::to(gateway), Wire::to(edge)];
        stage.profile(
            &format!("https://{gateway}"),
            &format!("https://{}", wires[0].addr),
        );
        stage.profile(
            &format!("\nport = {}\n", edge.port()),
            &format!("\nport = {}\n", wires[1].addr.port()),
        );
        let ip: IpAddr = edge.ip();
        let known = std::fs::read_to_string(stage.place().known_hosts()).unwrap();
        let old = format!("[{ip}]:{}", edge.port());
        let new = format!("[{ip}]:{}", wires[1].addr.port());
        stage
            .place()
            .write("known_hosts", &known.replace(&old, &new))
            .unwrap();
        Self { stage, wires }
    }

    /// The best of some runs each: another process may have had the machine.
    fn round_trips(&self, arguments: &[&str]) -> f64 {
        let best = |round_trip: Duration| {
            self.wires.iter().for_each(|wire| wire.is(round_trip));
            let took = |_| self.stage.run(arguments).succeeded().took;
            (0..RUNS).map(took).min().unwrap()
        };
        let (near, far) = (best(Duration::ZERO), best(ROUND_TRIP));
        let trips = (far.as_secs_f64() - near.as_secs_f64()) / ROUND_TRIP.as_secs_f64();
        println!(
            "{trips:.1} round trips: {} ({near:.2?}, {far:.2?})",
            arguments.join(" ")
        );
        trips
    }
}

#[test]
fn few_round_trips_are_waited_for() {
    let stage = Stage::bridge();
    stage.nothing_to_do(&["setup", "--yes"]);
    let far = Far::new(stage);
    let status = far.round_trips(&["status"]);
    let send = far.round_trips(&["send", "-d", "fakepi", "far away"]);
    let setup = far.round_trips(&["setup", "--yes"]);
    assert!(send <= SEND, "{send:.1} round trips for a cold send");
    assert!(status <= STATUS, "{status:.1} round trips for a status");
    assert!(setup <= SETUP, "{setup:.1} round trips for nothing to do");
}
