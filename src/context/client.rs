//! What the settings say to librdkafka, for every client of a command. Here: fetching and early checking; which of them
//! there may be is the profile's business.

use super::Context;
use crate::error::Failure;
use crate::kafka;
use crate::profile::{Profile, Property};
use anyhow::Context as _;
use std::collections::BTreeMap;

/// Names and values that librdkafka does not take: told before anybody is asked or contacted.
pub fn check(profile: &Profile) -> anyhow::Result<()> {
    let properties = &profile.kafka.properties;
    if properties.is_empty() {
        return Ok(());
    }
    let plain = properties.iter().map(|(name, property)| match property {
        Property::Text(text) => (name.clone(), text.clone()),
        // librdkafka takes any text for one, and fetching it may ask a person.
        Property::Secret(_) => (name.clone(), "x".to_owned()),
    });
    kafka::Settings::check_extra(&plain.collect()).context("reading the settings of Kafka")
}

impl Context {
    /// All of them, secrets fetched.
    pub(super) fn properties(&self) -> anyhow::Result<BTreeMap<String, String>> {
        let mut all = BTreeMap::new();
        for (name, property) in &self.profile.kafka.properties {
            let value = property.resolve()?;
            all.extend(value.map(|value| (name.clone(), value.expose().to_owned())));
        }
        Ok(all)
    }

    /// Those of the command line are for Kafka's own protocol: over the REST proxy they would do nothing.
    pub(super) fn no_properties_over_rest(&self) -> Result<(), Failure> {
        match self.profile.properties_of_flags() {
            true => Err(Failure::usage(
                "-X is of Kafka's own protocol, which the REST proxy does not speak",
            )
            .hint("--via tunnel, or --via direct inside of the cluster's network")),
            false => Ok(()),
        }
    }
}
