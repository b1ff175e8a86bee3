//! What must hold between settings, each of which is right by itself.

use super::client_properties;
use super::converter::Converter;
use super::error::{Problem, ProfileError};
use super::keys;
use super::resolve::Profile;

/// The setting to be named, and what is wrong.
type Wrong = Option<(&'static str, String)>;

impl Profile {
    /// Every disagreement is reported, not only the first.
    pub(super) fn agree(&self) -> Result<(), ProfileError> {
        let rules = [
            self.topics_differ(),
            self.ports_differ(),
            self.sink_can_read(),
            self.one_format(),
            self.one_reader_of_stdin(),
        ];
        let problem = |(name, message)| {
            let source = self.sources.get(name);
            let source = source.map_or(String::new(), |source| format!(" ({source})"));
            Problem::new(format!("{name}{source}"), message)
        };
        let problems: Vec<_> = rules.into_iter().flatten().map(problem).collect();
        match problems.is_empty() {
            true => Ok(()),
            false => Err(ProfileError::Invalid(problems)),
        }
    }

    fn topics_differ(&self) -> Wrong {
        let topic = &self.topics.commands;
        (*topic == self.topics.telemetry).then(|| {
            let words = "is the telemetry topic as well: devices would get their own messages";
            ("topics.commands", format!("{topic} {words}"))
        })
    }

    fn ports_differ(&self) -> Wrong {
        let port = self.sink.rest_port;
        (port == self.source.rest_port).then(|| {
            let words = "is the source's port as well: the second worker could not start";
            ("sink.rest_port", format!("{port} {words}"))
        })
    }

    fn sink_can_read(&self) -> Wrong {
        let name = match self.sink.converter {
            Some(_) => "sink.converter",
            None => "worker.converter",
        };
        (*self.sink_converter() == Converter::Json).then(|| {
            let words = "the sink fails on JSON without its schema: it takes text (--sink-converter string) or a struct (json-schema)";
            (name, words.to_owned())
        })
    }

    fn one_format(&self) -> Wrong {
        let format = self.connector.source_format;
        let both = self.source.converter.is_some() && !self.is_default("connector.source_format");
        (both && self.source_converter().to_string() != format.as_str()).then(|| {
            let words = format!("connector.source_format says {format}: leave one of them out");
            ("source.converter", words)
        })
    }

    fn one_reader_of_stdin(&self) -> Wrong {
        let secrets = self.raw.secrets.iter().map(|(name, (s, _))| (*name, s));
        let properties = self.raw.property_secrets();
        let properties = properties.map(|(_, source)| (client_properties::KEY, source));
        let secrets = secrets.chain(properties);
        let secrets = secrets.filter(|(_, source)| source.reads_stdin());
        let files = [
            ("hub.json", &self.hub.json),
            ("hub.policy_json", &self.hub.policy_json),
        ];
        let is_stdin = |path: &std::path::Path| path.as_os_str() == "-";
        let files = files.into_iter();
        let files = files.filter(|(_, path)| path.as_deref().is_some_and(is_stdin));
        let names = secrets.map(|(name, _)| name);
        let readers: Vec<_> = names.chain(files.map(|(name, _)| name)).collect();
        let second = *readers.get(1)?;
        let keys = readers.iter().filter_map(|name| keys::key(name));
        let flags: Vec<_> = keys.map(|key| key.flag).collect();
        let flags = flags.join(", ");
        let words = format!("standard input can be read once, not by each of {flags}");
        Some((second, words))
    }
}
