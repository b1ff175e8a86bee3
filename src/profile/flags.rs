//! The table of keys as flags of the command line. clap parses; `load` decides what wins.

use super::client_properties::BETWEEN_FLAGS;
use super::keys::{KEYS, Key, Kind, SECTIONS};
use clap::builder::{NonEmptyStringValueParser, PossibleValuesParser, TypedValueParser};
use clap::{Arg, ArgAction, ArgMatches, ValueHint};

/// Every setting as a flag, for `#[command(flatten)] settings: SettingsArgs`. Holds pairs of a key's name and the text.
#[derive(Clone, Debug, Default)]
pub struct SettingsArgs(pub Vec<(&'static str, String)>);

impl SettingsArgs {
    /// What [`super::load`] takes.
    pub fn flags(&self) -> &[(&'static str, String)] {
        &self.0
    }
}

/// Adds the flags of these sections of the table (`cluster`, `edge`, …). An argument's id is the key's name.
pub fn augment(command: clap::Command, sections: &[&str]) -> clap::Command {
    let wanted = KEYS.iter().filter(|key| sections.contains(&key.section()));
    wanted.fold(command, |command, key| command.arg(argument(key)))
}

/// The flags that were given, in the order of the table; a list that was given several times is joined.
pub fn from_matches(matches: &ArgMatches) -> Vec<(&'static str, String)> {
    let given = |key: &Key| {
        // An unknown id is a flag that this command does not have.
        let texts = matches.try_get_many::<String>(key.name).ok().flatten()?;
        let texts: Vec<_> = texts.map(String::as_str).collect();
        match key.kind {
            Kind::List => Some(texts.join(",")),
            Kind::Properties => Some(texts.join(&BETWEEN_FLAGS.to_string())),
            _ => texts.last().map(|text| (*text).to_owned()),
        }
    };
    KEYS.iter()
        .filter_map(|key| Some((key.name, given(key)?)))
        .collect()
}

impl clap::FromArgMatches for SettingsArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self(from_matches(matches)))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl clap::Args for SettingsArgs {
    /// Forty flags: whoever has them is to be made only when it is used.
    fn augment_args(command: clap::Command) -> clap::Command {
        let sections: Vec<_> = SECTIONS.iter().map(|(section, _)| *section).collect();
        augment(command, &sections)
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

fn argument(key: &'static Key) -> Arg {
    let heading = SECTIONS
        .iter()
        .find(|(section, _)| *section == key.section())
        .map(|(_, heading)| *heading);
    let argument = Arg::new(key.name)
        .long(key.flag.trim_start_matches('-'))
        .help(key.help)
        .long_help(long_help(key))
        .help_heading(heading.unwrap_or("Settings"))
        .hide_short_help(!key.common)
        .value_name(value_name(key.kind))
        .value_parser(NonEmptyStringValueParser::new());
    match key.kind {
        Kind::Choice(names) => argument
            .value_parser(PossibleValuesParser::new(names).map(|text| text))
            .ignore_case(true)
            .hide_possible_values(false),
        Kind::Path | Kind::Secret => argument.value_hint(ValueHint::FilePath),
        Kind::List => argument.action(ArgAction::Append),
        // kcat's letter.
        Kind::Properties => argument.short('X').action(ArgAction::Append),
        // Alone it means true; a value needs the `=`, so that it never swallows an argument of the command.
        Kind::Bool => argument
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true"),
        _ => argument,
    }
}

fn value_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "TEXT",
        Kind::Path => "FILE",
        Kind::Integer { .. } => "N",
        Kind::Bool => "BOOL",
        Kind::Duration { .. } => "DURATION",
        Kind::List => "LIST",
        Kind::Choice(_) => "CHOICE",
        Kind::Secret => "FILE",
        Kind::Properties => "NAME=VALUE",
    }
}

fn long_help(key: &Key) -> String {
    let mut help = key.help.to_owned();
    if key.is_secret() {
        help.push_str(": a file that holds it, or - for standard input");
    }
    let mut notes = vec![
        format!("[profile: {}]", key.name),
        format!("[env: {}]", key.env),
    ];
    if key.is_secret() {
        notes.push(format!("[env: {}_FILE]", key.env));
    }
    notes.extend(key.default.map(|default| format!("[default: {default}]")));
    format!("{help}\n{}", notes.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        settings: SettingsArgs,
        rest: Vec<String>,
    }

    #[test]
    fn every_setting_is_a_flag_and_none_of_them_clash() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
        let help = Cli::command().render_long_help().to_string();
        for key in KEYS {
            assert!(
                help.contains(key.flag) && help.contains(key.env),
                "{} is not in the help",
                key.name
            );
        }
    }

    #[test]
    fn given_flags_come_back_with_their_keys() {
        let line = "x --cluster kafka --brokers a:1 --brokers b:2,c:3 --sink-start-at-boot --hub-json - \
                    --acknowledgement full --partitions=4 on";
        let cli = Cli::try_parse_from(line.split_whitespace()).unwrap();
        let text = |name: &str| {
            cli.settings
                .0
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, text)| text.as_str())
        };
        assert_eq!(text("cluster.name"), Some("kafka"));
        assert_eq!(text("cluster.brokers"), Some("a:1,b:2,c:3"));
        assert_eq!(text("sink.start_at_boot"), Some("true"));
        assert_eq!(text("hub.json"), Some("-"));
        assert_eq!(text("topics.partitions"), Some("4"));
        assert_eq!(cli.settings.0.len(), 6);
        assert_eq!(cli.rest, ["on"]);
    }

    #[test]
    fn what_is_no_choice_or_is_empty_is_refused_by_the_parser() {
        assert!(Cli::try_parse_from(["x", "--into", "elsewhere"]).is_err());
        assert!(Cli::try_parse_from(["x", "--cluster", ""]).is_err());
    }

    #[test]
    fn a_command_may_take_some_sections_only() {
        let command = augment(clap::Command::new("x"), &["topics"]);
        let matches = command
            .clone()
            .try_get_matches_from(["x", "--partitions", "2"])
            .unwrap();
        assert_eq!(
            from_matches(&matches),
            [("topics.partitions", "2".to_owned())]
        );
        assert!(
            command
                .try_get_matches_from(["x", "--cluster", "a"])
                .is_err()
        );
    }
}
