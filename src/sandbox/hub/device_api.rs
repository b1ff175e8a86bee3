//! IoT Hub's public HTTP API on 443: what a device does (send telemetry, receive commands) and the registry's reading
//! and writing of one device. The rest of the public API answers 404 with words that say so.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::core::{Core, Data, now_ms, rfc3339};
use super::devices::{Fate, is_valid_id, new_key};
use super::sas::{KeyForm, Refusal, Right, Token};
use super::telemetry::Event;
use crate::sandbox::http::{Answer, Request, Response, Service};
use crate::secret::Secret;

/// IoT Hub takes device-to-cloud messages up to 256 KiB.
const TELEMETRY_LIMIT: usize = 256 << 10;

pub(super) struct DeviceApi(pub Arc<Core>);

impl Service for DeviceApi {
    fn call(&self, request: Request) -> Answer<'_> {
        Box::pin(async move { self.answer(&request) })
    }
}

impl DeviceApi {
    fn answer(&self, request: &Request) -> Response {
        let segments = request.segments();
        let words: Vec<String> = segments
            .iter()
            .map(|segment| segment.to_lowercase())
            .collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let (Some(&"devices"), Some(id)) = (words.first(), segments.get(1)) else {
            return not_imitated();
        };
        if request.parameter("api-version").is_none() {
            return error(
                400,
                "InvalidProtocolVersion",
                "the query has no api-version",
            );
        }
        match (request.method.as_str(), words.as_slice()) {
            ("GET", ["devices", _]) => self.read_device(request, id),
            ("PUT", ["devices", _]) => self.write_device(request, id),
            ("POST", ["devices", _, "messages", "events"]) => {
                self.as_device(request, id, Self::take_telemetry)
            }
            ("GET", ["devices", _, "messages", "devicebound"]) => {
                self.as_device(request, id, Self::give_command)
            }
            ("DELETE", ["devices", _, "messages", "devicebound", _]) => {
                let rejected = request.parameter("reject").is_some();
                let fate = if rejected {
                    Fate::Rejected
                } else {
                    Fate::Completed
                };
                self.as_device(request, id, |api, _, id| {
                    api.settle(id, &segments[4], Some(fate.clone()))
                })
            }
            ("POST", ["devices", _, "messages", "devicebound", _, "abandon"]) => {
                self.as_device(request, id, |api, _, id| api.settle(id, &segments[4], None))
            }
            _ => not_imitated(),
        }
    }

    /// Runs `work` if the request is signed by the device's key or by a policy that may act for devices.
    fn as_device(
        &self,
        request: &Request,
        id: &str,
        work: impl Fn(&Self, &Request, &str) -> Response,
    ) -> Response {
        let target = format!("{}/devices/{id}", self.0.names.host_name);
        let now = now_ms() / 1000;
        let checked = Token::parse(request.header("authorization")).and_then(|token| {
            self.0.look(|data| {
                if token.policy.is_some() {
                    return token.check_policy(
                        &data.policies,
                        Right::DeviceConnect,
                        &target,
                        KeyForm::Decoded,
                        now,
                    );
                }
                token.check_scope(&target, now)?;
                // An unknown device has no key: to its holder it looks like a wrong one.
                let device = data.devices.get(id).ok_or(Refusal::Signature)?;
                token.check_signature(std::slice::from_ref(&device.key), KeyForm::Decoded)
            })
        });
        match checked {
            Err(refusal) => unauthorized(refusal),
            Ok(()) if self.0.look(|data| data.devices.get(id).is_none()) => no_device(id),
            Ok(()) => work(self, request, id),
        }
    }

    fn take_telemetry(&self, request: &Request, id: &str) -> Response {
        if request.body.len() > TELEMETRY_LIMIT {
            return error(413, "MessageTooLarge", "the message is larger than 256 KiB");
        }
        let enqueued = now_ms();
        self.0.with(|data| {
            let event = Event {
                offset: 0,
                sequence: 0,
                enqueued,
                device: id.to_owned(),
                body: request.body.to_vec(),
                system: system_properties(request, data, id),
                properties: application_properties(request),
            };
            data.telemetry.append(event);
        });
        Response::empty(204)
    }

    fn give_command(&self, _: &Request, id: &str) -> Response {
        let command = self.0.with(|data| {
            data.devices
                .get_mut(id)
                .and_then(|device| device.receive(now_ms()))
        });
        let Some(command) = command else {
            return Response::empty(204);
        };
        let lock = match &command.fate {
            Fate::Locked { token, .. } => token.clone(),
            _ => String::new(),
        };
        let mut response = Response::text(200, "application/octet-stream", command.body)
            .with_header("etag", format!("\"{lock}\""))
            .with_header("iothub-to", format!("/devices/{id}/messages/deviceBound"))
            .with_header("iothub-sequencenumber", command.sequence.to_string())
            .with_header("iothub-enqueuedtime", rfc3339(command.enqueued))
            .with_header("iothub-expiry", rfc3339(command.expiry))
            .with_header("iothub-deliverycount", (command.deliveries - 1).to_string());
        if let Some(message_id) = command.message_id {
            response = response.with_header("iothub-messageid", message_id);
        }
        if let Some(ack) = command.ack {
            response = response.with_header("iothub-ack", ack);
        }
        response
    }

    /// Completes, rejects or (without a fate) abandons what the device has locked.
    fn settle(&self, id: &str, lock: &str, fate: Option<Fate>) -> Response {
        let lock = lock.trim_matches('"');
        let settled = self.0.with(|data| {
            let device = data.devices.get_mut(id)?;
            Some(match fate {
                Some(fate) => device.finish(lock, fate, now_ms()),
                None => device.abandon(lock, now_ms()),
            })
        });
        if settled == Some(true) {
            Response::empty(204)
        } else {
            error(
                412,
                "DeviceMessageLockLost",
                "the lock is lost, or there never was one",
            )
        }
    }

    fn as_service(&self, request: &Request, right: Right) -> Result<(), Refusal> {
        let token = Token::parse(request.header("authorization"))?;
        let (host, now) = (&self.0.names.host_name, now_ms() / 1000);
        self.0
            .look(|data| token.check_policy(&data.policies, right, host, KeyForm::Decoded, now))
    }

    fn read_device(&self, request: &Request, id: &str) -> Response {
        if let Err(refusal) = self.as_service(request, Right::RegistryRead) {
            return unauthorized(refusal);
        }
        self.0
            .look(|data| describe(data, id))
            .map_or_else(|| no_device(id), |shown| Response::json(200, &shown))
    }

    fn write_device(&self, request: &Request, id: &str) -> Response {
        if let Err(refusal) = self.as_service(request, Right::RegistryWrite) {
            return unauthorized(refusal);
        }
        let body: Value = match serde_json::from_slice(&request.body) {
            Ok(body) => body,
            Err(_) => return error(400, "ArgumentInvalid", "the body is not JSON"),
        };
        if !is_valid_id(id) || body["deviceId"] != *id {
            return error(
                400,
                "ArgumentInvalid",
                "the device's id is not valid, or not the one in the path",
            );
        }
        let key = body["authentication"]["symmetricKey"]["primaryKey"].as_str();
        let replaces = request.header("if-match").is_some();
        self.0.with(|data| {
            if data.devices.get(id).is_some() && !replaces {
                return error(
                    409,
                    "DeviceAlreadyExists",
                    "a device with this id is registered",
                );
            }
            data.devices.put(id, key.map_or_else(new_key, Secret::from));
            describe(data, id).map_or_else(|| no_device(id), |shown| Response::json(200, &shown))
        })
    }
}

/// A device as the registry shows it, its key included: that is what the registry's rights are for.
fn describe(data: &Data, id: &str) -> Option<Value> {
    let device = data.devices.get(id)?;
    let never = "0001-01-01T00:00:00";
    Some(json!({
        "deviceId": id, "generationId": device.generation, "etag": device.etag,
        "status": "enabled", "statusReason": null, "statusUpdatedTime": never,
        "connectionState": "Disconnected", "connectionStateUpdatedTime": never, "lastActivityTime": never,
        "cloudToDeviceMessageCount": device.queued(),
        "authentication": {
            "symmetricKey": {"primaryKey": device.key.expose(), "secondaryKey": device.key.expose()},
            "x509Thumbprint": {"primaryThumbprint": null, "secondaryThumbprint": null},
            "type": "sas",
        },
        "capabilities": {"iotEdge": false},
    }))
}

/// What the hub itself says of a message, and the protocol's own properties.
fn system_properties(request: &Request, data: &Data, id: &str) -> BTreeMap<String, String> {
    let generation = data
        .devices
        .get(id)
        .map_or("", |device| device.generation.as_str());
    let mut system: BTreeMap<String, String> = [
        ("iothub-connection-device-id", id),
        (
            "iothub-connection-auth-method",
            r#"{"scope":"device","type":"sas","issuer":"iothub"}"#,
        ),
        ("iothub-connection-auth-generation-id", generation),
        ("iothub-message-source", "Telemetry"),
    ]
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .into();
    for (header, property) in [
        ("iothub-messageid", "message-id"),
        ("iothub-correlationid", "correlation-id"),
        ("iothub-userid", "user-id"),
        ("iothub-contenttype", "content-type"),
        ("iothub-contentencoding", "content-encoding"),
    ] {
        if let Some(value) = request.header(header) {
            system.insert(property.to_owned(), value.to_owned());
        }
    }
    system
}

/// `iothub-app-NAME: VALUE`. HTTP has no case in header names, so that NAME arrives in lower case, as at IoT Hub.
fn application_properties(request: &Request) -> BTreeMap<String, String> {
    let named = |(name, value): (&hyper::header::HeaderName, &hyper::header::HeaderValue)| {
        let name = name.as_str().strip_prefix("iothub-app-")?.to_owned();
        Some((name, value.to_str().ok()?.to_owned()))
    };
    request.headers.iter().filter_map(named).collect()
}

fn unauthorized(refusal: Refusal) -> Response {
    error(
        401,
        "IotHubUnauthorizedAccess",
        &format!("Unauthorized: {refusal}"),
    )
}

fn no_device(id: &str) -> Response {
    error(404, "DeviceNotFound", &format!("Device {id} not found"))
}

fn not_imitated() -> Response {
    error(
        404,
        "ResourceNotFound",
        "the sandbox's IoT Hub does not imitate this path",
    )
}

/// IoT Hub's form of an error: the code in a header and in the message.
fn error(status: u16, code: &str, message: &str) -> Response {
    let tracking = uuid::Uuid::new_v4().simple().to_string();
    let body = json!({
        "Message": format!("ErrorCode:{code};{message}"),
        "ExceptionMessage": format!("Tracking ID:{tracking}-G:0-TimeStamp:{}", rfc3339(now_ms())),
    });
    Response::json(status, &body).with_header("iothub-errorcode", code)
}
