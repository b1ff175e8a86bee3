//! The device against a hub of canned answers.

use super::*;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::Write;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};

/// A hub of canned answers, one a connection; tells what it was asked.
fn hub(answers: Vec<String>) -> (Settings, Receiver<String>) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let own = rcgen::generate_simple_self_signed(["myhub.azure-devices.net".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.signing_key.serialize_der()));
    let certificate = CertificateDer::from(own.cert.der().to_vec());
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let settings = Settings {
        host_name: "myhub.azure-devices.net".into(),
        device_id: "fake#pi".into(),
        key: "Y2FuYXJ5".into(),
        address: Some(listener.local_addr().unwrap()),
        ca_pem: Some(own.cert.pem().into_bytes()),
        timeout: Duration::from_secs(5),
    };
    let (tell, asked) = mpsc::channel();
    std::thread::spawn(move || {
        for answer in answers {
            let (socket, _) = listener.accept().unwrap();
            let mut stream =
                StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), socket);
            let mut request = Vec::new();
            let mut byte = [0];
            // To the end of the head, or of the only body that is sent here.
            while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n == 1) {
                request.push(byte[0]);
            }
            let _ = tell.send(String::from_utf8(request).unwrap());
            let _ = stream.write_all(answer.as_bytes());
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }
    });
    (settings, asked)
}

fn answer(status: u16, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
}

#[test]
fn a_command_is_received_and_completed() {
    let headers = "ETag: \"a1-b2\"\r\niothub-messageid: m1\r\niothub-app-level: high\r\n";
    let (settings, asked) = hub(vec![
        answer(200, headers, "Turn On"),
        "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n".into(),
        "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n".into(),
    ]);
    let device = Client::new(settings).unwrap();
    let message = device.receive().unwrap().unwrap();
    assert_eq!(message.body, b"Turn On");
    assert_eq!(
        (message.lock.as_str(), message.message_id.as_deref()),
        ("a1-b2", Some("m1"))
    );
    assert_eq!(message.properties["level"], "high");
    device.complete(&message).unwrap();
    assert_eq!(device.receive().unwrap(), None);

    let head = asked.recv().unwrap();
    let path = "/devices/fake%23pi/messages/devicebound?api-version=2020-03-13";
    assert!(head.starts_with(&format!("GET {path} ")), "{head}");
    let token = "authorization: SharedAccessSignature sr=myhub.azure-devices.net%2Fdevices%2Ffake%23pi&sig=";
    assert!(head.contains(token) && !head.contains("Y2FuYXJ5"), "{head}");
    let head = asked.recv().unwrap();
    assert!(
        head.starts_with("DELETE /devices/fake%23pi/messages/devicebound/a1-b2?"),
        "{head}"
    );
}

#[test]
fn telemetry_carries_its_properties() {
    let (settings, asked) = hub(vec![answer(204, "", "")]);
    let device = Client::new(settings).unwrap();
    device
        .send(b"{\"temperature\":21}", &[("temperatureAlert", "false")])
        .unwrap();
    let head = asked.recv().unwrap().to_lowercase();
    assert!(
        head.starts_with("post /devices/fake%23pi/messages/events?"),
        "{head}"
    );
    assert!(
        head.contains("iothub-app-temperaturealert: false"),
        "{head}"
    );
}

#[test]
fn refusals_are_told_apart() {
    let busy =
        r#"{"Message":"ErrorCode:ThrottlingException;slow\u001b down","ExceptionMessage":"x"}"#;
    let (settings, _asked) = hub(vec![
        answer(401, "", "{}"),
        answer(404, "", "{}"),
        answer(412, "", "{}"),
        answer(429, "", busy),
    ]);
    let device = Client::new(settings).unwrap();
    let next = || device.receive().unwrap_err();
    assert!(matches!(next(), IotHubError::Credentials { .. }));
    assert!(matches!(next(), IotHubError::NoSuchDevice { .. }));
    assert_eq!(next(), IotHubError::LockLost);
    let IotHubError::Throttled {
        status: 429,
        message,
        ..
    } = next()
    else {
        panic!()
    };
    assert_eq!(message, "ErrorCode:ThrottlingException;slow down");
}

#[test]
fn a_hub_of_another_authority_is_not_trusted() {
    let (settings, _asked) = hub(vec![answer(204, "", "")]);
    let device = Client::new(Settings {
        ca_pem: None,
        ..settings
    })
    .unwrap();
    let error = device.receive().unwrap_err();
    assert!(matches!(error, IotHubError::Tls { .. }), "{error}");
}

#[test]
fn settings_that_cannot_be() {
    let (settings, _asked) = hub(Vec::new());
    let wrong = |settings| match Client::new(settings) {
        Ok(device) => device.receive().unwrap_err(),
        Err(error) => error,
    };
    for settings in [
        Settings {
            device_id: "../x".into(),
            ..settings.clone()
        },
        Settings {
            key: "no base64".into(),
            ..settings.clone()
        },
        Settings {
            ca_pem: Some(b"no PEM".to_vec()),
            ..settings
        },
    ] {
        let error = wrong(settings);
        assert!(matches!(error, IotHubError::Setting(_)), "{error}");
    }
}
