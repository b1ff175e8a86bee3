//! Connections that a client asks the node for: to names of the rehearsal and to loopback, never beyond this machine.

use russh::ChannelOpenFailure;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::net::TcpStream;

/// Loopback answers at once or refuses at once.
const CONNECT: Duration = Duration::from_secs(10);
const BUFFER: usize = 256 << 10;

/// A machine of the rehearsal as the node knows it: an address on loopback and its names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    pub address: IpAddr,
    pub names: Vec<String>,
}

pub struct Names(HashMap<String, IpAddr>);

impl Names {
    /// # Errors
    /// An address that is not on loopback: a rehearsal never leaves the machine.
    pub fn new(hosts: &[Host]) -> anyhow::Result<Self> {
        let mut names = HashMap::new();
        for host in hosts {
            anyhow::ensure!(
                host.address.is_loopback(),
                "{} is not a loopback address",
                host.address
            );
            for name in &host.names {
                names.insert(name.to_ascii_lowercase(), host.address);
            }
        }
        Ok(Self(names))
    }

    /// `None`: the sandbox does not go there.
    pub fn find(&self, host: &str, port: u32) -> Option<SocketAddr> {
        let port = u16::try_from(port).ok()?;
        let name = host.trim_end_matches('.').to_ascii_lowercase();
        let address = match self.0.get(&name) {
            Some(address) => *address,
            None if name == "localhost" => Ipv4Addr::LOCALHOST.into(),
            None => name.parse::<IpAddr>().ok().filter(IpAddr::is_loopback)?,
        };
        Some(SocketAddr::new(address, port))
    }
}

/// # Errors
/// What the client is told, in sshd's form.
pub async fn connect(target: SocketAddr) -> Result<TcpStream, ChannelOpenFailure> {
    let failed = |reason: String| ChannelOpenFailure::Other { code: 2, reason };
    match tokio::time::timeout(CONNECT, TcpStream::connect(target)).await {
        Ok(Ok(stream)) => {
            let _ = stream.set_nodelay(true);
            Ok(stream)
        }
        Ok(Err(e)) if e.kind() == std::io::ErrorKind::ConnectionRefused => {
            Err(failed("Connection refused".into()))
        }
        Ok(Err(e)) => Err(failed(e.to_string())),
        Err(_) => Err(failed("Connection timed out".into())),
    }
}

pub fn prohibited() -> ChannelOpenFailure {
    ChannelOpenFailure::Other {
        code: 1,
        reason: "administratively prohibited: the sandbox connects to its own hosts and to loopback only".into(),
    }
}

pub async fn pump(
    mut near: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
    mut far: TcpStream,
) {
    // How it ended is for the two ends to say.
    let _ = tokio::io::copy_bidirectional_with_sizes(&mut near, &mut far, BUFFER, BUFFER).await;
    let _ = tokio::io::AsyncWriteExt::shutdown(&mut near).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_the_rehearsal_and_loopback() {
        let hosts = [Host {
            address: "127.9.8.7".parse().unwrap(),
            names: vec!["wn0-kafka.Example".into(), "wn0-kafka".into()],
        }];
        let names = Names::new(&hosts).unwrap();
        let find = |name| names.find(name, 9092).map(|addr| addr.to_string());
        assert_eq!(
            find("WN0-kafka.example.").as_deref(),
            Some("127.9.8.7:9092")
        );
        assert_eq!(find("localhost").as_deref(), Some("127.0.0.1:9092"));
        assert_eq!(find("127.1.2.3").as_deref(), Some("127.1.2.3:9092"));
        for beyond in ["10.0.0.4", "example.org", "169.254.169.254", "0.0.0.0", ""] {
            assert_eq!(find(beyond), None, "{beyond}");
        }
        assert_eq!(names.find("localhost", 70_000), None);
        let outside = [Host {
            address: "10.0.0.4".parse().unwrap(),
            names: vec![],
        }];
        assert!(Names::new(&outside).is_err());
    }
}
