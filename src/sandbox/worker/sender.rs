//! Sends commands to the hub: the place of the IoT Hub service SDK. One connection for each message.

use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;

use super::channel::{Channel, Refusal, encode, parts, service_token};
use super::exception::{Exception, ILLEGAL_ARGUMENT, NULL_POINTER};
use super::message::Message;
use super::plugins::Generation;

const TOKEN_SECONDS: i64 = 365 * 24 * 3600;
const PACKAGE: &str = "com.microsoft.azure.sdk.iot.service.exceptions";

pub struct Sender {
    host: String,
    token: String,
    acknowledgement: String,
    generation: Generation,
    tls: Arc<ClientConfig>,
}

impl Sender {
    /// Takes the connection string apart; nothing is contacted, and the token is made once for the life of the task.
    pub fn of(
        connection_string: &str,
        acknowledgement: &str,
        generation: Generation,
        tls: &Arc<ClientConfig>,
    ) -> Result<Self, Exception> {
        let part = parts(connection_string);
        let of = |name| part(name).unwrap_or_default();
        let illegal = |words: &str| Exception::new(ILLEGAL_ARGUMENT, words);
        let (host, policy) = (of("HostName"), of("SharedAccessKeyName"));
        let (key, signature) = (of("SharedAccessKey"), of("SharedAccessSignature"));
        if policy.is_empty() {
            return Err(illegal("SharedAccessKeyName cannot be null or empty"));
        }
        if key.is_empty() && signature.is_empty() {
            return Err(illegal(
                "Should specify either sharedAccessKey or sharedAccessSignature",
            ));
        }
        let only = |text: &str, marks: &str| {
            !text.is_empty()
                && text
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || marks.contains(c))
        };
        if !only(&host, "_-.") || !only(&policy, "_-@.") {
            return Err(illegal(
                "The connection string has an invalid value for property.",
            ));
        }
        let token = match key.is_empty() {
            true => signature,
            false => service_token(&host, &policy, &key, TOKEN_SECONDS)
                .ok_or_else(|| illegal("Illegal base64 character"))?,
        };
        Ok(Self {
            host,
            token,
            acknowledgement: acknowledgement.to_lowercase(),
            generation,
            tls: Arc::clone(tls),
        })
    }

    pub fn send(&self, message: &Message) -> Result<(), Exception> {
        // A message without a text ends here, before anything is sent.
        let Some(text) = &message.message else {
            return Err(Exception::bare(NULL_POINTER));
        };
        let expiry = message.expiry.map(|at| at.to_string());
        let mut headers = vec![
            ("Authorization", self.token.as_str()),
            ("iothub-ack", self.acknowledgement.as_str()),
        ];
        headers.extend(
            message
                .message_id
                .as_deref()
                .map(|id| ("iothub-messageid", id)),
        );
        headers.extend(expiry.as_deref().map(|at| ("iothub-expiry", at)));
        let device = message.device_id.as_deref().unwrap_or("null");
        let target = format!("/v1/devices/{}/messages/devicebound", encode(device));
        let answer = Channel::open(&self.host, &self.tls).and_then(|mut channel| {
            channel.ask("POST", &target, &headers, text.as_bytes(), Duration::ZERO)
        });
        match (answer, self.generation) {
            (Ok(answer), _) if answer.status == 204 => Ok(()),
            // The 0.6 release looks at no answer and loses what was not taken.
            (_, Generation::Release06) => Ok(()),
            (Ok(answer), Generation::Later) => not_accepted(&Refusal::read(&answer.body)),
            (Err(_), Generation::Later) => Err(Exception::new(
                "java.io.IOException",
                "Connection failed to be established",
            )),
        }
    }
}

/// A condition that the SDK does not know counts as sent: the real one loses those in silence.
fn not_accepted(refusal: &Refusal) -> Result<(), Exception> {
    let (class, words) = match refusal.condition.as_str() {
        "amqp:not-found" => ("IotHubNotFoundException", "IoT Hub not found!"),
        "amqp:resource-limit-exceeded" => (
            "IotHubDeviceMaximumQueueDepthExceededException",
            "Maximum queue depth exceeded!",
        ),
        "amqp:unauthorized-access" => ("IotHubUnathorizedException", "Unauthorized!"),
        _ => return Ok(()),
    };
    let text = format!("{words} {}", refusal.description);
    Err(Exception::new(&format!("{PACKAGE}.{class}"), text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connection_strings_are_refused_as_the_sdk_does() {
        let tls = super::super::channel::tls(b"").unwrap();
        let of = |text: &str| {
            let sender = Sender::of(text, "Full", Generation::Later, &tls);
            sender
                .map(|sender| sender.acknowledgement)
                .map_err(|error| error.message.unwrap())
        };
        assert_eq!(
            of("PLACEHOLDER").unwrap_err(),
            "SharedAccessKeyName cannot be null or empty"
        );
        assert_eq!(
            of("HostName=h;SharedAccessKeyName=p").unwrap_err(),
            "Should specify either sharedAccessKey or sharedAccessSignature"
        );
        assert_eq!(
            of("HostName=h:443;SharedAccessKeyName=p;SharedAccessKey=AAAA").unwrap_err(),
            "The connection string has an invalid value for property."
        );
        assert_eq!(
            of("HostName=h;SharedAccessKeyName=p;SharedAccessKey=AAAA").unwrap(),
            "full"
        );
    }
}
