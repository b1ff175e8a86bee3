//! The imitated Ambari: its answers, its refusals, and that it changes while it runs.

use hdikafka::sandbox::ambari::{Ambari, Cluster, Entrance};
use hdikafka::secret::Secret;
use reqwest::blocking::Client;
use serde_json::{Value, json};

use super::{client, identity};

const GATEWAY: &str = "mykafka.azurehdinsight.net";

fn cluster() -> Cluster {
    let suffix = "abcdef.ax.internal.cloudapp.net";
    let host = |name: &str, ip: &str, component: &str| json!({"name": format!("{name}-kafka.{suffix}"), "ip": ip, "components": {component: "STARTED"}});
    let mut hosts: Vec<Value> = (0..3)
        .map(|n| host(&format!("wn{n}"), &format!("10.0.0.2{n}"), "KAFKA_BROKER"))
        .collect();
    hosts.extend((0..3).map(|n| {
        host(
            &format!("zk{n}"),
            &format!("10.0.0.3{n}"),
            "ZOOKEEPER_SERVER",
        )
    }));
    hosts.push(host("hn0", "10.0.0.16", "METRICS_COLLECTOR"));
    serde_json::from_value(json!({"name": "myKafka", "version": "HDP-5.1", "hosts": hosts}))
        .unwrap()
}

struct Running {
    ambari: Ambari,
    client: Client,
}

/// One entrance as the gateway, one as a head node.
fn running() -> Running {
    let (authority, config) = identity(&[GATEWAY]);
    let entrance = |tls| Entrance {
        addr: "127.0.0.1:0".to_owned(),
        tls,
    };
    let entrances = vec![entrance(Some(config)), entrance(None)];
    let ambari = Ambari::start(
        entrances,
        "admin",
        Secret::from("pass:word"),
        vec![cluster()],
    )
    .unwrap();
    let client = client(&authority, &[(GATEWAY, ambari.addr())]);
    Running { ambari, client }
}

impl Running {
    fn gateway(&self, path: &str) -> String {
        format!("https://{GATEWAY}:{}{path}", self.ambari.addr().port())
    }

    fn head_node(&self, path: &str) -> String {
        format!("http://{}{path}", self.ambari.server().addrs()[1])
    }

    /// Status and JSON of a GET with the right password, through the gateway.
    fn get(&self, path: &str) -> (u16, Value) {
        let answer = self
            .client
            .get(self.gateway(path))
            .basic_auth("admin", Some("pass:word"))
            .send()
            .unwrap();
        let status = answer.status().as_u16();
        assert_eq!(answer.headers()["content-type"], "text/plain");
        (
            status,
            serde_json::from_str(&answer.text().unwrap()).unwrap(),
        )
    }
}

#[test]
fn the_gateway_refuses_with_401_and_ambari_itself_with_403() {
    let running = running();
    let path = "/api/v1/clusters";
    let send = |url: String, password: Option<&str>| {
        let request = running.client.get(url);
        let request = match password {
            Some(password) => request.basic_auth("admin", Some(password)),
            None => request,
        };
        let answer = request.send().unwrap();
        (answer.status().as_u16(), answer.text().unwrap())
    };
    assert_eq!(send(running.gateway(path), Some("wrong")).0, 401);
    assert_eq!(send(running.gateway(path), None).0, 401);
    let (status, body) = send(running.head_node(path), Some("wrong"));
    assert_eq!(status, 403);
    assert!(
        body.contains("Unable to sign in. Invalid username/password combination."),
        "{body}"
    );
    let (status, body) = send(running.head_node(path), None);
    assert_eq!(
        (status, body.contains("Missing authentication token")),
        (403, true)
    );
    assert_eq!(send(running.head_node(path), Some("pass:word")).0, 200);
}

#[test]
fn the_name_in_the_path_has_case() {
    let running = running();
    let (status, list) = running.get("/api/v1/clusters");
    assert_eq!(status, 200);
    assert_eq!(
        list["items"][0]["Clusters"],
        json!({"cluster_name": "myKafka", "version": "HDP-5.1"})
    );
    let (status, error) = running.get("/api/v1/clusters/mykafka");
    assert_eq!(status, 404);
    assert_eq!(
        error["message"],
        "The requested resource doesn't exist: Cluster not found, clusterName=mykafka"
    );
    let (_, whole) = running.get("/api/v1/clusters/myKafka");
    assert_eq!(whole["Clusters"]["security_type"], "NONE");
    assert_eq!(whole["Clusters"]["total_hosts"], 7);
}

#[test]
fn hosts_show_what_is_asked_for_and_nothing_sorted() {
    let running = running();
    let fields = "Hosts/host_name,Hosts/ip,Hosts/host_state,host_components/HostRoles/component_name,\
                  host_components/HostRoles/state";
    let (_, hosts) = running.get(&format!("/api/v1/clusters/myKafka/hosts?fields={fields}"));
    let names: Vec<&str> = hosts["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["Hosts"]["host_name"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), 7);
    assert!(!names.is_sorted(), "{names:?}");
    let wn1 = hosts["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|item| item["Hosts"]["ip"] == "10.0.0.21")
        .unwrap();
    assert_eq!(wn1["Hosts"]["host_state"], "HEALTHY");
    let roles = &wn1["host_components"][0]["HostRoles"];
    assert_eq!(roles["component_name"], "KAFKA_BROKER");
    assert_eq!(roles["state"], "STARTED");
    assert!(
        wn1["href"]
            .as_str()
            .unwrap()
            .starts_with("http://10.0.0.16:8080/api/v1/")
    );
    let (_, plain) = running.get("/api/v1/clusters/myKafka/hosts");
    assert!(plain["items"][0]["Hosts"].get("ip").is_none());
}

#[test]
fn brokers_are_listed_by_their_component() {
    let running = running();
    let (_, brokers) =
        running.get("/api/v1/clusters/myKafka/services/KAFKA/components/KAFKA_BROKER");
    assert_eq!(brokers["ServiceComponentInfo"]["started_count"], 3);
    assert_eq!(brokers["host_components"].as_array().unwrap().len(), 3);
    let name = &brokers["host_components"][0]["HostRoles"]["host_name"];
    let path = format!(
        "/api/v1/clusters/myKafka/hosts/{}/host_components/KAFKA_BROKER",
        name.as_str().unwrap()
    );
    assert_eq!(running.get(&path).1["HostRoles"]["state"], "STARTED");
    running.ambari.change(|clusters| {
        let hosts = clusters[0].hosts.iter_mut();
        for host in hosts.filter(|host| host.name.starts_with("wn0")) {
            host.components
                .insert("KAFKA_BROKER".to_owned(), "INSTALLED".to_owned());
        }
    });
    let (_, brokers) =
        running.get("/api/v1/clusters/myKafka/services/KAFKA/components/KAFKA_BROKER");
    assert_eq!(brokers["ServiceComponentInfo"]["started_count"], 2);
    let query = "?HostRoles/component_name=KAFKA_BROKER&HostRoles/state=STARTED";
    let (_, started) = running.get(&format!("/api/v1/clusters/myKafka/host_components{query}"));
    assert_eq!(started["items"].as_array().unwrap().len(), 2);
}

#[test]
fn what_is_not_there_is_said_in_ambaris_words() {
    let running = running();
    let message = |path: &str| {
        let (status, error) = running.get(path);
        (status, error["message"].as_str().unwrap().to_owned())
    };
    let (status, text) = message("/api/v1/clusters/myKafka?fields=foo");
    assert_eq!(status, 400);
    assert_eq!(
        text,
        "The properties [foo] specified in the request or predicate are not supported for the resource type Cluster."
    );
    let (status, text) = message("/api/v1/clusters/myKafka/services/KAFKA/components/NOPE");
    assert_eq!(status, 404);
    assert!(
        text.ends_with("clusterName=myKafka, serviceName=KAFKA, serviceComponentName=NOPE"),
        "{text}"
    );
    running.ambari.change(|clusters| {
        clusters[0]
            .hosts
            .retain(|host| !host.name.starts_with("wn"))
    });
    let (status, text) = message("/api/v1/clusters/myKafka/services/KAFKA");
    assert_eq!(status, 404);
    assert!(
        text.ends_with("Service not found, clusterName=myKafka, serviceName=KAFKA"),
        "{text}"
    );
}

#[test]
fn settings_are_read_by_tag_or_as_the_current_version() {
    let running = running();
    let (_, cluster) = running.get("/api/v1/clusters/myKafka?fields=Clusters/desired_configs");
    let tag = cluster["Clusters"]["desired_configs"]["kafka-broker"]["tag"]
        .as_str()
        .unwrap()
        .to_owned();
    let (_, found) = running.get(&format!(
        "/api/v1/clusters/myKafka/configurations?type=kafka-broker&tag={tag}"
    ));
    let properties = &found["items"][0]["properties"];
    assert_eq!(properties["listeners"], "PLAINTEXT://localhost:9092");
    assert!(
        properties["zookeeper.connect"]
            .as_str()
            .unwrap()
            .contains(":2181,")
    );
    let path = "/api/v1/clusters/myKafka/configurations/service_config_versions?service_name=KAFKA&is_current=true";
    let (_, current) = running.get(path);
    assert_eq!(
        current["items"][0]["configurations"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn writes_need_the_csrf_header_and_are_not_imitated() {
    let running = running();
    let put = |csrf: bool| {
        let request = running
            .client
            .put(running.gateway("/api/v1/clusters/myKafka/services/KAFKA"));
        let request = request.basic_auth("admin", Some("pass:word")).body("{}");
        let request = if csrf {
            request.header("X-Requested-By", "ambari")
        } else {
            request
        };
        request.send().unwrap().status().as_u16()
    };
    assert_eq!((put(false), put(true)), (400, 405));
}

#[test]
fn a_misspelt_component_is_refused() {
    let mut cluster = cluster();
    cluster.hosts[0]
        .components
        .insert("KAFKA_BROKRE".to_owned(), "STARTED".to_owned());
    let error = cluster.check().unwrap_err().to_string();
    assert!(error.contains("KAFKA_BROKRE"), "{error}");
}
