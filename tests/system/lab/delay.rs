//! A longer way to a machine: a proxy on the operator's laptop that holds every byte back, in both directions. In user
//! space, because the kernel here has no netem. TCP's own handshake is not delayed: one round trip too few, for everybody.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::net::{Host, Network};

/// Listens on the laptop's loopback, on the port that is returned, for as long as the process lives; what comes in goes to
/// `target` half a `round_trip` later.
pub fn to(net: &Network, target: SocketAddr, round_trip: Duration) -> Result<u16> {
    net.inside(Host::Operator, || {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                // A target that refuses ends the near side, too: it is dropped.
                let _ = join(near, target, round_trip / 2);
            }
        });
        Ok(port)
    })?
}

fn join(near: TcpStream, target: SocketAddr, delay: Duration) -> std::io::Result<()> {
    let far = TcpStream::connect(target)?;
    for stream in [&near, &far] {
        stream.set_nodelay(true)?;
    }
    let (near_again, far_again) = (near.try_clone()?, far.try_clone()?);
    thread::spawn(move || carry(near, far, delay));
    thread::spawn(move || carry(far_again, near_again, delay));
    Ok(())
}

/// Reads at once and writes when it is time, so that the delay does not limit how much is on its way.
fn carry(mut from: TcpStream, mut to: TcpStream, delay: Duration) {
    let (sender, due) = mpsc::channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || {
        for (time, bytes) in due {
            thread::sleep(time.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Write);
    });
    let mut buffer = vec![0; 1 << 16];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        if sender
            .send((Instant::now() + delay, buffer[..count].to_vec()))
            .is_err()
        {
            break;
        }
    }
}
