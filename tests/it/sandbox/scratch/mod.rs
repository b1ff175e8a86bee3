//! The scratch root: real programs in it, as users and as root of the node. The same cases run once more as an
//! unprivileged user of the host (`life::as_nobody`).

// A figure, and what was not tried, are said.
#![allow(clippy::print_stdout)]

mod edge_programs;
mod escapes;
mod life;
mod network;
mod persons;
mod stage;
mod tools;

use stage::Stage;

/// Is it installed? A machine that cannot have it announces that in `HDIKAFKA_SKIP`, and sees it said.
fn has(program: &str) -> bool {
    let found = stage::PATH
        .split(':')
        .any(|place| std::path::Path::new(place).join(program).is_file());
    if !found {
        let announced = std::env::var("HDIKAFKA_SKIP").unwrap_or_default();
        assert!(
            announced.split(',').any(|word| word == program),
            "{program} is needed by this test and is not installed"
        );
        println!("skipped: {program} is not installed, as HDIKAFKA_SKIP says");
    }
    found
}
