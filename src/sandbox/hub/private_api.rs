//! What the stand-in connector speaks on port 5671, in place of the AMQP that the real one speaks: HTTP over TLS, the
//! same hosts, the same port, the same SAS tokens. Private: no Azure service has it.
//!
//! On the events host:
//! `GET /v1/NAME/ConsumerGroups/GROUP/Partitions/P?offset=O|time=MS[&max=N][&wait_ms=T]`, answered by
//! `{"events": [{"offset", "sequence", "enqueued", "body" (base64), "system", "properties"}]}` with at most `max`
//! events, after at most `wait_ms`. `max=0` only checks the token and the position: the opening of a receiver.
//!
//! On the hub's host: `POST /v1/devices/ID/messages/devicebound`, the command as the body, `iothub-messageid`,
//! `iothub-ack` and `iothub-expiry` (milliseconds since 1970) as headers; 204 = accepted.
//!
//! Errors are `{"condition": …, "description": …}` with the conditions that AMQP has: `amqp:unauthorized-access` (401),
//! `amqp:not-found` (404), `com.microsoft:argument-error` (400), `amqp:resource-limit-exceeded` (403),
//! `amqp:link:message-size-exceeded` (413).

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::core::{Core, now_ms};
use super::devices::QueueFull;
use super::sas::{KeyForm, Refusal, Right, Token};
use super::telemetry::{Event, Position};
use crate::sandbox::http::{Answer, Request, Response, Service};

/// As many as a real receiver has credit for.
const MAX_EVENTS: usize = 999;
/// A long poll ends after this time whatever the client asks.
const MAX_WAIT_MS: u64 = 300_000;
/// IoT Hub takes cloud-to-device messages up to 64 KiB.
const COMMAND_LIMIT: usize = 64 << 10;

/// Telemetry, on the Event Hubs-compatible endpoint.
pub(super) struct EventsApi(pub Arc<Core>);

/// Commands, on the hub's own host.
pub(super) struct ServiceApi(pub Arc<Core>);

impl Service for EventsApi {
    fn call(&self, request: Request) -> Answer<'_> {
        Box::pin(async move {
            match self.receive(&request).await {
                Ok(response) | Err(response) => response,
            }
        })
    }
}

impl EventsApi {
    async fn receive(&self, request: &Request) -> Result<Response, Response> {
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let ["v1", name, "ConsumerGroups", group, "Partitions", partition] = segments.as_slice()
        else {
            return Err(refuse(404, "amqp:not-found", "no such address"));
        };
        let names = &self.0.names;
        let target = format!(
            "amqp://{}/{name}/ConsumerGroups/{group}/Partitions/{partition}",
            names.events_host
        );
        check(&self.0, request, &target, KeyForm::Text)?;
        if *name != names.events_path {
            let text = format!("The messaging entity '{name}' could not be found.");
            return Err(refuse(404, "amqp:not-found", &text));
        }
        if !names.consumer_groups.iter().any(|known| known == group) {
            let text =
                format!("The messaging entity '{name}/ConsumerGroups/{group}' could not be found.");
            return Err(refuse(404, "amqp:not-found", &text));
        }
        let count = names.partitions;
        let index: usize = partition.parse().ok().filter(|index| *index < count).ok_or_else(|| {
            let last = count - 1;
            let text = format!("The specified partition is invalid for the entity: '{partition}', valid are 0-{last}.");
            refuse(404, "amqp:not-found", &text)
        })?;
        let position = position_of(request)?;
        let number = |name| {
            request
                .parameter(name)
                .and_then(|text| text.parse::<u64>().ok())
        };
        let max =
            number("max").map_or(MAX_EVENTS, |max| usize::try_from(max).unwrap_or(MAX_EVENTS));
        let wait = number("wait_ms").unwrap_or(0).min(MAX_WAIT_MS);
        if max == 0 {
            return Ok(events(&[]));
        }
        self.0.with(|data| data.reads[index] += 1);
        let read = |data: &mut super::core::Data| {
            let events = data.telemetry.read(index, position, max.min(MAX_EVENTS));
            (!events.is_empty()).then_some(events)
        };
        let found = self.0.poll(Duration::from_millis(wait), read).await;
        Ok(events(&found.unwrap_or_default()))
    }
}

fn position_of(request: &Request) -> Result<Position, Response> {
    if let Some(offset) = request.parameter("offset") {
        let position = offset.parse().map(Position::Offset);
        return position.map_err(|_| {
            let text =
                format!("The supplied offset '{offset}' is invalid. The offset must be a number.");
            refuse(400, "com.microsoft:argument-error", &text)
        });
    }
    let time = request.parameter("time").and_then(|text| text.parse().ok());
    time.map(Position::Time).ok_or_else(|| {
        refuse(
            400,
            "com.microsoft:argument-error",
            "neither an offset nor a time",
        )
    })
}

fn events(events: &[Event]) -> Response {
    let shown: Vec<Value> = events
        .iter()
        .map(|event| {
            json!({
                "offset": event.offset.to_string(), "sequence": event.sequence, "enqueued": event.enqueued,
                "body": STANDARD.encode(&event.body), "system": event.system, "properties": event.properties,
            })
        })
        .collect();
    Response::json(200, &json!({"events": shown}))
}

impl Service for ServiceApi {
    fn call(&self, request: Request) -> Answer<'_> {
        Box::pin(async move {
            match self.send(&request) {
                Ok(()) => Response::empty(204),
                Err(response) => response,
            }
        })
    }
}

impl ServiceApi {
    fn send(&self, request: &Request) -> Result<(), Response> {
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let (true, ["v1", "devices", id, "messages", "devicebound"]) =
            (request.method == "POST", segments.as_slice())
        else {
            return Err(refuse(404, "amqp:not-found", "no such address"));
        };
        check(&self.0, request, &self.0.names.host_name, KeyForm::Decoded)?;
        if request.body.len() > COMMAND_LIMIT {
            let text = "the message is larger than 64 KiB";
            return Err(refuse(413, "amqp:link:message-size-exceeded", text));
        }
        let text = |name| {
            request
                .header(name)
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
        };
        let expiry = request
            .header("iothub-expiry")
            .and_then(|text| text.parse().ok());
        let queued = self.0.with(|data| {
            let device = data.devices.get_mut(id)?;
            let body = request.body.to_vec();
            Some(device.enqueue(
                text("iothub-messageid"),
                body,
                text("iothub-ack"),
                expiry,
                now_ms(),
            ))
        });
        match queued {
            Some(Ok(_)) => Ok(()),
            Some(Err(QueueFull)) => {
                let text = format!(
                    "ErrorCode:DeviceMaximumQueueDepthExceeded;the queue of {id} holds 50 messages"
                );
                Err(refuse(403, "amqp:resource-limit-exceeded", &text))
            }
            None => Err(refuse(
                404,
                "amqp:not-found",
                &format!("ErrorCode:DeviceNotFound;Device {id} not found"),
            )),
        }
    }
}

/// Both directions need a policy that may connect as a service.
fn check(core: &Core, request: &Request, target: &str, form: KeyForm) -> Result<(), Response> {
    let now = now_ms() / 1000;
    let checked = Token::parse(request.header("authorization")).and_then(|token| {
        core.look(|data| {
            token.check_policy(&data.policies, Right::ServiceConnect, target, form, now)
        })
    });
    checked
        .map_err(|refusal: Refusal| refuse(401, "amqp:unauthorized-access", &refusal.to_string()))
}

fn refuse(status: u16, condition: &str, description: &str) -> Response {
    Response::json(
        status,
        &json!({"condition": condition, "description": description}),
    )
}
