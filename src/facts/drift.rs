//! Where a topic is not what the profile wants it to be. Pure.

use super::topics::Shape;
use serde::Serialize;

/// One setting of a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// `partitions` or `replication_factor`
    pub setting: &'static str,
    pub wanted: usize,
    /// 0: not the same for all partitions.
    pub found: usize,
}

pub fn between(wanted: Shape, found: Shape) -> Vec<Difference> {
    let settings = [
        ("partitions", wanted.partitions, found.partitions),
        (
            "replication_factor",
            wanted.replication_factor,
            found.replication_factor,
        ),
    ];
    settings
        .into_iter()
        .filter(|(_, wanted, found)| wanted != found)
        .map(|(setting, wanted, found)| Difference {
            setting,
            wanted,
            found,
        })
        .collect()
}

impl std::fmt::Display for Difference {
    /// `3 partitions, the profile wants 8`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { wanted, found, .. } = self;
        match (self.setting, found) {
            ("partitions", _) => write!(f, "{found} partitions, the profile wants {wanted}"),
            (_, 0) => write!(
                f,
                "replication differs between its partitions, the profile wants {wanted}"
            ),
            _ => write!(f, "replication {found}, the profile wants {wanted}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_in_words() {
        let shape = |partitions, replication_factor| Shape {
            partitions,
            replication_factor,
        };
        let words = |found| -> Vec<String> {
            let found = between(shape(8, 3), found);
            found.iter().map(ToString::to_string).collect()
        };
        assert_eq!(words(shape(8, 3)), Vec::<String>::new());
        assert_eq!(
            words(shape(3, 1)),
            [
                "3 partitions, the profile wants 8",
                "replication 1, the profile wants 3"
            ]
        );
        assert_eq!(
            words(shape(8, 0)),
            ["replication differs between its partitions, the profile wants 3"]
        );
    }
}
