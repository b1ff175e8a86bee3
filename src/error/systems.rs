//! What the errors of each system mean: the exit code, and the hints that help.

use super::{Exit, FORWARDING, Meaning, meaning};
use crate::edge::RemoteError;
use crate::iothub::IotHubError;
use crate::kafka::{KafkaError, producer::SendError};
use crate::rest_proxy::{ProduceError, RestError};
use crate::{ambari, azure, edge, facts, jar};
use std::error::Error as StdError;

pub(super) fn of_edge(link: &(dyn StdError + 'static)) -> Option<Meaning> {
    let hinted = |exit: Exit, hint: &str| Some((exit, vec![hint.to_owned()]));
    if let Some(error) = link.downcast_ref::<RemoteError>() {
        return match error {
            RemoteError::Unreachable { .. } => hinted(
                Exit::Unreachable,
                "is the name of the edge node right? --edge HOST",
            ),
            RemoteError::UnknownHostKey { .. } => hinted(
                Exit::Trust,
                "run once on a terminal to look at the key and trust it, or pin it with edge.host_key (--edge-host-key SHA256:…)",
            ),
            RemoteError::ChangedHostKey { .. } => hinted(
                Exit::Trust,
                "if the node was made anew, remove its old line from known_hosts (ssh-keygen -R HOST) and look at the new key",
            ),
            RemoteError::Auth { .. } => hinted(
                Exit::Auth,
                "--identity-file FILE (and --edge-passphrase-file FILE), an ssh-agent, or --edge-password-file FILE",
            ),
            RemoteError::Jump { error, .. } => match **error {
                RemoteError::Unreachable { .. } => {
                    hinted(Exit::Unreachable, "is the jump host right? --jump HOST")
                }
                RemoteError::Auth { .. } => hinted(
                    Exit::Auth,
                    "a key that the jump host accepts: in ~/.ssh/config (IdentityFile), in an ssh-agent, or --identity-file FILE",
                ),
                ref inside => meaning(inside),
            },
            RemoteError::Sudo { .. } => hinted(
                Exit::Denied,
                "--sudo-password-file FILE; without it the password of the login is taken",
            ),
            RemoteError::Config(_) => Some((Exit::Usage, Vec::new())),
            RemoteError::Lost { .. } => hinted(
                Exit::Unreachable,
                "run the same command again: what is done stays done",
            ),
            RemoteError::Forbidden { .. } => hinted(Exit::Denied, FORWARDING),
            RemoteError::TimedOut { .. } | RemoteError::Dial { .. } => {
                Some((Exit::Unreachable, Vec::new()))
            }
            _ => Some((Exit::Failed, Vec::new())),
        };
    }
    if let Some(error) = link.downcast_ref::<edge::LockError>() {
        return match error {
            edge::LockError::Held { .. } => {
                hinted(Exit::Locked, "wait until the other run has ended")
            }
            edge::LockError::Remote(inside) => meaning(inside),
            edge::LockError::Denied { .. } => Some((Exit::Denied, Vec::new())),
            edge::LockError::Other { .. } => Some((Exit::Failed, Vec::new())),
        };
    }
    if let Some(error) = link.downcast_ref::<edge::WriteError>() {
        use edge::WriteError as W;
        return match error {
            W::Changed { .. } => hinted(
                Exit::Conflict,
                "somebody changed it meanwhile: run the command again",
            ),
            W::Denied { .. } | W::ReadOnly { .. } => Some((Exit::Denied, Vec::new())),
            W::Digest { .. } | W::Short { .. } => {
                hinted(Exit::Trust, "nothing was replaced: run the command again")
            }
            W::NoSpace { .. } => hinted(
                Exit::Failed,
                "free some space on that disk and run the command again",
            ),
            W::NotAFile { .. } => Some((Exit::Conflict, Vec::new())),
            W::Remote(inside) => meaning(inside),
            W::Other { .. } | W::Source { .. } => Some((Exit::Failed, Vec::new())),
        };
    }
    None
}

pub(super) fn of_cluster(link: &(dyn StdError + 'static)) -> Option<Meaning> {
    let hinted = |exit: Exit, hint: &str| Some((exit, vec![hint.to_owned()]));
    if let Some(error) = link.downcast_ref::<ambari::AmbariError>() {
        use ambari::AmbariError as A;
        return match error {
            A::Credentials { .. } => hinted(
                Exit::Auth,
                "the user and password of the cluster login (--ambari-user, HDIKAFKA_AMBARI_PASSWORD); asked once only, to lock nobody out",
            ),
            A::EntraOnly { .. } => hinted(
                Exit::Denied,
                "switch the cluster's basic login on, or name its brokers: cluster.brokers in the profile does without Ambari",
            ),
            A::NotFound { .. } => Some((Exit::NotFound, Vec::new())),
            A::Tls { .. } => hinted(
                Exit::Trust,
                "a certificate of your own authority is trusted with --ca-file FILE",
            ),
            A::Unreachable { .. } => hinted(
                Exit::Unreachable,
                "is the cluster's name right? --cluster NAME, --gateway URL",
            ),
            A::Server { .. } | A::NotJson { .. } => hinted(
                Exit::Unreachable,
                "Ambari may be restarting: try again, or look at it in a browser",
            ),
            A::Setting(_) => Some((Exit::Usage, Vec::new())),
        };
    }
    if let Some(error) = link.downcast_ref::<facts::cluster::ClusterError>() {
        use facts::cluster::ClusterError as C;
        return match error {
            C::None | C::Unknown { .. } | C::NoKafka { .. } => {
                hinted(Exit::NotFound, "--cluster NAME")
            }
            C::Several { .. } => hinted(Exit::Usage, "--cluster NAME"),
            C::EnterpriseSecurity { .. } => hinted(
                Exit::Conflict,
                "hdikafka hosts tells of it; the bridge needs a cluster without the package",
            ),
            C::NoBroker { .. } => hinted(Exit::Unreachable, "start the brokers in Ambari"),
        };
    }
    if let Some(error) = link.downcast_ref::<azure::AzError>() {
        use azure::AzError as Z;
        return match error {
            Z::Missing { .. } => hinted(
                Exit::Failed,
                "install the Azure CLI, or give its output: --hub-json FILE --policy-json FILE",
            ),
            Z::NotLoggedIn => hinted(Exit::Auth, "az login"),
            Z::NoSuchHub { .. } => hinted(
                Exit::NotFound,
                "--hub NAME, and --subscription or --resource-group if it is elsewhere",
            ),
            Z::Activating { .. } => hinted(Exit::Conflict, "wait until the hub is Active"),
            Z::Shape { .. } | Z::Unclear { .. } => Some((Exit::Usage, Vec::new())),
            Z::Several {
                what: "policies", ..
            } => hinted(Exit::Usage, "--policy NAME"),
            Z::Several { .. } => hinted(
                Exit::Usage,
                "--hub NAME; of one name: --resource-group NAME or --subscription ID",
            ),
            Z::NoSuchPolicy { .. }
            | Z::NotAmong {
                what: "policies", ..
            } => hinted(Exit::NotFound, "--policy NAME"),
            Z::NotAmong { .. } => hinted(
                Exit::NotFound,
                "--hub NAME, --resource-group NAME, --subscription ID",
            ),
            Z::Denied { .. } => hinted(
                Exit::Denied,
                "the login needs to read the hub and its keys; or give az's output: --hub-json FILE --policy-json FILE",
            ),
            Z::Answer { .. } => hinted(
                Exit::Failed,
                "run it to see why, and give its output: --hub-json FILE --policy-json FILE",
            ),
            Z::Differ { .. } => hinted(
                Exit::Usage,
                "give information of one hub and one policy only",
            ),
            Z::TimedOut { .. } => Some((Exit::Unreachable, Vec::new())),
            Z::TooMuchOutput { .. } | Z::Failed { .. } => Some((Exit::Failed, Vec::new())),
        };
    }
    None
}

pub(super) fn of_kafka(link: &(dyn StdError + 'static)) -> Option<Meaning> {
    let hinted = |exit: Exit, hint: &str| Some((exit, vec![hint.to_owned()]));
    if let Some(error) = link.downcast_ref::<KafkaError>() {
        use KafkaError as K;
        return match error {
            K::Unreachable { .. } => Some((
                Exit::Unreachable,
                vec![
                    "hdikafka hosts (are the brokers started?)".to_owned(),
                    "from outside of their network: --via tunnel".to_owned(),
                ],
            )),
            K::Forbidden { .. } => hinted(Exit::Denied, FORWARDING),
            K::Tls { .. } => hinted(
                Exit::Trust,
                "brokers of your own authority: ssl.ca.location in [kafka.properties] of the profile, or -X ssl.ca.location=FILE",
            ),
            K::Credentials { .. } => hinted(
                Exit::Auth,
                "sasl.mechanism, sasl.username, sasl.password in [kafka.properties] of the profile; -X sasl.password=@FILE; HDIKAFKA_SASL_PASSWORD",
            ),
            K::Denied { .. } => Some((Exit::Denied, Vec::new())),
            K::NoSuchTopic { .. } => hinted(
                Exit::NotFound,
                "hdikafka topics list; hdikafka setup --only topics",
            ),
            K::NoSuchPartition { .. } => Some((Exit::NotFound, Vec::new())),
            K::GroupInUse { .. } => Some((Exit::Conflict, Vec::new())),
            K::Setting(_) => hinted(
                Exit::Usage,
                "[kafka.properties] of the profile, HDIKAFKA_KAFKA_PROPERTY, -X NAME=VALUE",
            ),
            K::PartitionsNotKnownYet { .. } => hinted(Exit::Failed, "the same again in a moment"),
            K::Refused { .. } => Some((Exit::Failed, Vec::new())),
        };
    }
    if let Some(error) = link.downcast_ref::<SendError>() {
        return match error {
            SendError::NoSuchTopic { .. } => hinted(
                Exit::NotFound,
                "hdikafka topics list; hdikafka setup --only topics",
            ),
            SendError::NoSuchPartition { .. } => Some((Exit::NotFound, Vec::new())),
            SendError::TooLarge => Some((Exit::Usage, Vec::new())),
            SendError::Unknown { .. } => hinted(
                Exit::Unknown,
                "look before you send again: hdikafka tail iotout --last 20",
            ),
            // transparent: what is inside is no link of the chain
            SendError::NotSent(inside) => meaning(inside),
            SendError::NotEnoughReplicas { .. } | SendError::Rejected { .. } => {
                Some((Exit::Failed, Vec::new()))
            }
        };
    }
    None
}

const MEMBER: &str = "add the application (its service principal) as a member to the Security group that was given for the REST proxy when the cluster was made";
const REST_URL: &str = "the REST proxy is there only where it was enabled when the cluster was made; its URL is in the cluster's properties: --rest-url";

pub(super) fn of_rest(link: &(dyn StdError + 'static)) -> Option<Meaning> {
    let hinted = |exit: Exit, hint: &str| Some((exit, vec![hint.to_owned()]));
    if let Some(error) = link.downcast_ref::<ProduceError>() {
        return match error {
            // transparent: what is inside is no link of the chain
            ProduceError::NotWritten(inside) => meaning(inside),
            ProduceError::Unknown { .. } => hinted(
                Exit::Unknown,
                "look before you send again: hdikafka tail TOPIC --via rest",
            ),
            ProduceError::TooLarge { .. } => Some((Exit::Usage, Vec::new())),
        };
    }
    match link.downcast_ref::<RestError>()? {
        RestError::NoToken { words, .. } => {
            let hint = match words {
                words if words.contains("AADSTS7000215") => {
                    "the secret's value is wanted, not its id: rest.client_secret (--client-secret-file, HDIKAFKA_CLIENT_SECRET)"
                }
                words if words.contains("AADSTS7000222") => {
                    "the secret has run out: make a new one for the application"
                }
                words if words.contains("AADSTS90002") => "is the tenant right? --tenant",
                words if words.contains("AADSTS700016") => {
                    "is the application of this tenant? --client-id, --tenant"
                }
                words if words.contains("AADSTS70011") || words.contains("AADSTS500011") => {
                    "is the scope right for this cloud? --scope"
                }
                _ => "--tenant, --client-id, --client-secret-file",
            };
            hinted(Exit::Auth, hint)
        }
        RestError::Unauthorised { .. } => hinted(
            Exit::Auth,
            "the token is fresh: are tenant and scope those of the cluster, and is this machine's clock right?",
        ),
        RestError::NotAMember { .. } => hinted(Exit::Denied, MEMBER),
        RestError::NotFound { .. } => hinted(
            Exit::NotFound,
            "the proxy sees a topic that was made elsewhere only after a while: hdikafka topics list --via rest",
        ),
        RestError::NoProxyBehind { .. } => hinted(
            Exit::Unreachable,
            "in a network of your own the security group has to let port 9400 in, beside 443",
        ),
        RestError::Foreign { .. } | RestError::NoSuchName { .. } => {
            hinted(Exit::Unreachable, REST_URL)
        }
        RestError::Unreachable { .. } => hinted(
            Exit::Unreachable,
            "443 must be open from here, and 9400 of the cluster in its network's security group",
        ),
        RestError::Busy { .. } => Some((Exit::Unreachable, Vec::new())),
        RestError::Tls { .. } => hinted(
            Exit::Trust,
            "a certificate of your own authority is trusted with --ca-file FILE",
        ),
        RestError::Setting(_) => Some((Exit::Usage, Vec::new())),
        RestError::Refused { .. } | RestError::Server { .. } => Some((Exit::Failed, Vec::new())),
    }
}

pub(super) fn of_hub(link: &(dyn StdError + 'static)) -> Option<Meaning> {
    let hinted = |exit: Exit, hint: &str| Some((exit, vec![hint.to_owned()]));
    match link.downcast_ref::<IotHubError>()? {
        IotHubError::Unreachable { .. } => hinted(
            Exit::Unreachable,
            "is the hub's name right, and may this machine reach it on port 443?",
        ),
        IotHubError::Tls { .. } => hinted(
            Exit::Trust,
            "a certificate of your own authority is trusted with --ca-file FILE",
        ),
        IotHubError::Credentials { .. } => hinted(
            Exit::Auth,
            "the connection string may be of another device or hub, or its key has been changed",
        ),
        IotHubError::Policy { .. } => hinted(
            Exit::Auth,
            "--policy NAME of a policy with that right: iothubowner has all rights",
        ),
        IotHubError::NoSuchDevice { device, .. } => hinted(
            Exit::NotFound,
            &format!("hdikafka device simulate {device} --create registers it"),
        ),
        IotHubError::LockLost => Some((Exit::Conflict, Vec::new())),
        IotHubError::Setting(_) => Some((Exit::Usage, Vec::new())),
        IotHubError::Throttled { .. } => Some((Exit::Unreachable, Vec::new())),
        IotHubError::Refused { .. } => Some((Exit::Failed, Vec::new())),
    }
}

pub(super) fn of_files(link: &(dyn StdError + 'static)) -> Option<Meaning> {
    if let Some(error) = link.downcast_ref::<jar::fetch::FetchError>() {
        return Some(of_download(error));
    }
    if let Some(error) = link.downcast_ref::<jar::build::BuildError>() {
        use jar::build::BuildError as B;
        let exit = match error {
            B::NoBuild { .. } => Exit::Usage,
            B::Interrupted => Exit::Interrupted,
            B::Failed { .. } | B::Unrunnable { .. } => Exit::Failed,
        };
        return Some((exit, Vec::new()));
    }
    if let Some(error) = link.downcast_ref::<jar::JarError>() {
        let exit = match error {
            jar::JarError::Unreadable { cause, .. }
                if cause.kind() == std::io::ErrorKind::NotFound =>
            {
                Exit::NotFound
            }
            jar::JarError::NoneFits { .. } => Exit::NotFound,
            _ => Exit::Usage,
        };
        return Some((
            exit,
            vec!["hdikafka connector inspect FILE shows what a jar has".to_owned()],
        ));
    }
    None
}

pub(super) fn of_download(error: &jar::fetch::FetchError) -> Meaning {
    use jar::fetch::FetchError as F;
    let hinted = |exit, hint: &str| (exit, vec![hint.to_owned()]);
    match error {
        F::Setting(_) => (Exit::Usage, Vec::new()),
        F::Status { status: 401, .. } => (Exit::Auth, Vec::new()),
        F::Status { status: 403, .. } => (Exit::Denied, Vec::new()),
        F::Status { status, .. } if *status < 500 => (Exit::NotFound, Vec::new()),
        F::Status { .. } | F::Unreachable { .. } => (Exit::Unreachable, Vec::new()),
        F::Broken { .. } => hinted(
            Exit::Unreachable,
            "run the same command again: it goes on there",
        ),
        F::Interrupted { .. } => hinted(
            Exit::Interrupted,
            "run the same command again: it goes on there",
        ),
        F::Tls { .. } => hinted(
            Exit::Trust,
            "a certificate of your own authority is trusted with --ca-file FILE",
        ),
        F::Digest { .. } => hinted(
            Exit::Trust,
            "is the URL right? Ask the publisher of the file for its digest, not the server that sent it",
        ),
        F::Locked { .. } => (Exit::Locked, Vec::new()),
        F::TooLarge { .. } | F::Unwritable { .. } => (Exit::Failed, Vec::new()),
    }
}
