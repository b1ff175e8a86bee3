//! The plugins that a worker finds: jars under `plugin.path` and on the class path, by what is in their zip directory.
//! Here: which connector classes there are; nothing is loaded, the stand-in has the code of these two itself.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use zip::ZipArchive;

use super::exception::Exception;

/// Which connectors a class belongs to: the words they log differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generation {
    /// The 0.6 release: package `…connect`, no log of the Event Hubs library, no `ReceiveTimeout`.
    Release06,
    Later,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Source,
    Sink,
}

impl Direction {
    pub fn word(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Sink => "sink",
        }
    }
}

/// A connector class in a jar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plugin {
    pub class: String,
    pub version: String,
    pub direction: Direction,
    pub generation: Generation,
    pub jar: PathBuf,
}

pub const LATER_SOURCE: &str = "com.microsoft.azure.iot.kafka.connect.source.IotHubSourceConnector";
pub const RELEASE_SOURCE: &str = "com.microsoft.azure.iot.kafka.connect.IotHubSourceConnector";
pub const SINK: &str = "com.microsoft.azure.iot.kafka.connect.sink.IotHubSinkConnector";

/// A manifest has no more.
const MANIFEST_LIMIT: u64 = 64 << 10;

/// All plugins, and the places that were looked at, in their order.
#[derive(Clone, Debug, Default)]
pub struct Plugins {
    pub found: Vec<Plugin>,
    pub locations: Vec<PathBuf>,
}

impl Plugins {
    /// `plugin_path`: directories, separated by commas. `class_path`: as Java takes it.
    pub fn scan(plugin_path: &str, class_path: &str) -> Self {
        let mut plugins = Self::default();
        for place in plugin_path
            .split(',')
            .map(str::trim)
            .filter(|place| !place.is_empty())
        {
            for location in locations(Path::new(place)) {
                for jar in jars(&location) {
                    plugins.look_into(&jar);
                }
                plugins.locations.push(location);
            }
        }
        for entry in class_path.split(':').filter(|entry| !entry.is_empty()) {
            let jars = match entry.strip_suffix("/*") {
                Some(folder) => jars(Path::new(folder)),
                None => vec![PathBuf::from(entry)],
            };
            for jar in jars.iter().filter(|jar| is_jar(jar)) {
                plugins.look_into(jar);
            }
        }
        plugins
    }

    /// By its full name, its simple name, or that without `Connector`, as Connect takes them.
    pub fn connector(&self, name: &str) -> Result<&Plugin, Exception> {
        let fits = |plugin: &&Plugin| {
            let simple = plugin.class.rsplit('.').next().unwrap_or_default();
            let pruned = simple.strip_suffix("Connector").unwrap_or(simple);
            plugin.class == name || simple == name || pruned == name
        };
        self.found.iter().find(fits).ok_or_else(|| {
            Exception::connect(format!(
                "Failed to find any class that implements Connector and which name matches {name}, available connectors are: {}",
                self.described()
            ))
        })
    }

    fn described(&self) -> String {
        let one = |plugin: &Plugin| {
            let word = plugin.direction.word();
            format!(
                "PluginDesc{{klass=class {0}, name='{0}', version='{1}', encodedVersion={1}, type={word}, typeName='{word}', location='file:{2}'}}",
                plugin.class,
                plugin.version,
                plugin.jar.display()
            )
        };
        self.found.iter().map(one).collect::<Vec<_>>().join(", ")
    }

    /// What is no jar, or has none of our classes, is passed over: any directory may hold anything.
    fn look_into(&mut self, jar: &Path) {
        let Ok(file) = File::open(jar) else {
            return;
        };
        let Ok(mut archive) = ZipArchive::new(BufReader::new(file)) else {
            return;
        };
        let version = version(&mut archive, jar);
        let later = has(&archive, LATER_SOURCE);
        let sink_generation = match later || !has(&archive, RELEASE_SOURCE) {
            true => Generation::Later,
            false => Generation::Release06,
        };
        for (class, direction, generation) in [
            (LATER_SOURCE, Direction::Source, Generation::Later),
            (RELEASE_SOURCE, Direction::Source, Generation::Release06),
            (SINK, Direction::Sink, sink_generation),
        ] {
            let known = self.found.iter().any(|plugin| plugin.class == class);
            if has(&archive, class) && !known {
                self.found.push(Plugin {
                    class: class.to_owned(),
                    version: version.clone(),
                    direction,
                    generation,
                    jar: jar.to_owned(),
                });
            }
        }
    }
}

fn has(archive: &ZipArchive<BufReader<File>>, class: &str) -> bool {
    let entry = format!("{}.class", class.replace('.', "/"));
    archive.index_for_name(&entry).is_some()
}

/// `Implementation-Version` of the manifest, else the end of the file's name, else what Java prints for null.
fn version(archive: &mut ZipArchive<BufReader<File>>, jar: &Path) -> String {
    let mut text = String::new();
    if let Ok(entry) = archive.by_name("META-INF/MANIFEST.MF") {
        // A manifest that is no text has no version for us.
        let _ = entry.take(MANIFEST_LIMIT).read_to_string(&mut text);
    }
    let named = || {
        let stem = jar.file_stem()?.to_str()?;
        let (_, version) = stem.rsplit_once('-')?;
        Some(version.to_owned()).filter(|version| version.starts_with(|c: char| c.is_ascii_digit()))
    };
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("Implementation-Version:"));
    let version = line.map(|version| version.trim().to_owned());
    let version = version.or_else(named).unwrap_or_else(|| "null".to_owned());
    version.chars().filter(|c| !c.is_control()).collect()
}

/// Below an entry of `plugin.path`: each jar, and each directory, is a plugin of its own. A missing one is passed over.
fn locations(place: &Path) -> Vec<PathBuf> {
    children(place)
        .into_iter()
        .filter(|child| child.is_dir() || is_jar(child))
        .collect()
}

/// The jars of a location: itself, or those in it.
fn jars(location: &Path) -> Vec<PathBuf> {
    match location.is_dir() {
        true => children(location)
            .into_iter()
            .filter(|child| is_jar(child))
            .collect(),
        false => vec![location.to_owned()],
    }
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut children: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    children.sort();
    children
}

fn is_jar(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "jar") && path.is_file()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use zip::write::{SimpleFileOptions, ZipWriter};

    fn jar(path: &Path, entries: &[(&str, &str)]) {
        let mut zip = ZipWriter::new(File::create(path).unwrap());
        for (name, content) in entries {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(content.as_bytes()).unwrap();
        }
        zip.finish().unwrap();
    }

    fn entry(class: &str) -> String {
        format!("{}.class", class.replace('.', "/"))
    }

    #[test]
    fn both_generations_are_found_where_they_lie() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("plugins/iothub");
        std::fs::create_dir_all(&folder).unwrap();
        let manifest = "Implementation-Version: 0.7.0\r\n";
        let later = [
            ("META-INF/MANIFEST.MF", manifest),
            (&entry(LATER_SOURCE), ""),
            (&entry(SINK), ""),
        ];
        jar(&folder.join("a-1.jar"), &later);
        jar(
            &dir.path().join("plugins/x-0.6.jar"),
            &[(&entry(RELEASE_SOURCE), "")],
        );
        std::fs::write(dir.path().join("plugins/broken.jar"), "no zip").unwrap();
        let path = format!("/no/such, {}", dir.path().join("plugins").display());
        let plugins = Plugins::scan(&path, "");
        let found: Vec<_> = plugins
            .found
            .iter()
            .map(|p| (p.class.as_str(), p.version.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                (LATER_SOURCE, "0.7.0"),
                (SINK, "0.7.0"),
                (RELEASE_SOURCE, "0.6")
            ]
        );
        assert_eq!(
            plugins.connector("IotHubSink").unwrap().generation,
            Generation::Later
        );
        let error = plugins.connector("a.b.C").unwrap_err().to_string();
        assert!(
            error.contains(
                "which name matches a.b.C, available connectors are: PluginDesc{klass=class com."
            ),
            "{error}"
        );
        let nothing = Plugins::scan(
            dir.path().join("plugins/iothub/a-1.jar").to_str().unwrap(),
            "",
        );
        assert!(
            nothing.found.is_empty(),
            "an entry of plugin.path is a directory"
        );
        let class_path = format!("{}/*", dir.path().join("plugins").display());
        assert_eq!(Plugins::scan("", &class_path).found.len(), 1);
    }
}
