//! The scratch root: real programs in it, as users and as root of the node. The same cases run once more as an
//! unprivileged user of the host (`life::as_nobody`).

mod edge_programs;
mod escapes;
mod life;
mod persons;
mod stage;
mod tools;

use stage::Stage;

/// Is it installed? Tools that only make a case richer are used where they are, and said where they are not.
fn has(program: &str) -> bool {
    let found = stage::PATH
        .split(':')
        .any(|place| std::path::Path::new(place).join(program).is_file());
    if !found {
        println!("not installed here, not tried: {program}");
    }
    found
}
