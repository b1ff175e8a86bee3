//! A name server that knows one name: for what has to be found by DNS and not by /etc/hosts, which has all else.

use std::net::{Ipv4Addr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::net::{Host, Network};

/// A name server on the head node that knows one name.
pub struct Dns {
    asked: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Dns {
    pub fn serve(net: &Network, name: &str, address: Ipv4Addr) -> Result<Dns> {
        let socket = net.inside(Host::Head, || UdpSocket::bind((Host::Head.address(), 53)))??;
        socket.set_read_timeout(Some(Duration::from_millis(50)))?;
        let mut dns = Dns {
            asked: Default::default(),
            stop: Default::default(),
            thread: None,
        };
        let (asked, stop) = (dns.asked.clone(), dns.stop.clone());
        let name = wire(name);
        dns.thread = Some(std::thread::spawn(move || {
            let mut query = [0; 512];
            while !stop.load(Ordering::Relaxed) {
                let Ok((length, from)) = socket.recv_from(&mut query) else {
                    continue;
                };
                asked.fetch_add(1, Ordering::Relaxed);
                if let Ok(answer) = answer(&query[..length], &name, address) {
                    let _ = socket.send_to(&answer, from);
                }
            }
        }));
        Ok(dns)
    }

    /// How many queries came.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Drop for Dns {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A name as in a query: each label behind its length, then a zero.
fn wire(name: &str) -> Vec<u8> {
    let labels = name
        .split('.')
        .flat_map(|label| std::iter::once(label.len() as u8).chain(label.bytes()));
    labels.chain([0]).collect()
}

/// To an A query for the name its address, to any other query for it nothing, and to another name that there is none.
fn answer(query: &[u8], name: &[u8], address: Ipv4Addr) -> Result<Vec<u8>> {
    let question = query.get(12..).context("a header")?;
    let end = question
        .iter()
        .position(|byte| *byte == 0)
        .context("a name")?
        + 1;
    let kind = question.get(end..end + 4).context("a kind")?;
    ensure!(query[5] == 1, "not one question");
    let ours = question[..end].eq_ignore_ascii_case(name);
    let has = ours && kind == [0, 1, 0, 1];
    let code = if ours { 0 } else { 3 };
    let mut answer = query[..2].to_vec();
    answer.extend([0x81, 0x80 | code, 0, 1, 0, u8::from(has), 0, 0, 0, 0]);
    answer.extend(&question[..end + 4]);
    if has {
        // The name of the question, A, IN, 60 s, four bytes.
        answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
        answer.extend(address.octets());
    }
    Ok(answer)
}
