//! `connector fetch` against servers that know ranges, know none, change the file, break, refuse or lie.

use super::connector::jar;
use super::{Outcome, World};
use sha2::{Digest, Sha256};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread;

/// What came: the lines of each request.
type Requests = Arc<Mutex<Vec<Vec<String>>>>;
/// The whole answer, and whether the connection ends there: it always does.
type Answer = Box<dyn Fn(&[String], usize) -> Vec<u8> + Send>;

/// Answers each connection once. The number is that of the request.
fn server(answer: Answer) -> (SocketAddr, Requests) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, requests) = (listener.local_addr().unwrap(), Requests::default());
    let seen = Arc::clone(&requests);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let lines: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
            let number = seen.lock().unwrap().len();
            seen.lock().unwrap().push(lines.clone());
            (&stream).write_all(&answer(&lines, number)).ok();
        }
    });
    (address, requests)
}

fn header<'a>(request: &'a [String], name: &str) -> Option<&'a str> {
    let mut lines = request.iter().filter_map(|line| line.split_once(": "));
    lines
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// A file as a good server gives it: whole, or from where it is asked for if it is still the same.
fn ranged(request: &[String], tag: &str, body: &[u8]) -> Vec<u8> {
    let etag = format!("ETag: {tag}\r\n");
    let from =
        header(request, "range").and_then(|range| range.strip_prefix("bytes=")?.strip_suffix('-'));
    match from.and_then(|from| from.parse::<usize>().ok()) {
        Some(from) if header(request, "if-range").is_none_or(|known| known == tag) => {
            let range = format!(
                "{etag}Content-Range: bytes {from}-{}/{}\r\n",
                body.len() - 1,
                body.len()
            );
            answer("206 Partial Content", &range, &body[from..])
        }
        _ => answer("200 OK", &etag, body),
    }
}

/// A connector jar of some 200 kB, told apart by `words`.
fn body(words: &str) -> Vec<u8> {
    let noise: Vec<u8> = (0..6000_u32)
        .flat_map(|n| Sha256::digest(n.to_le_bytes()))
        .collect();
    jar(&[
        ("words", words.as_bytes()),
        (
            "PACKAGE/source/IotHubSourceConnector.class",
            b"\xca\xfe\xba\xbe\0\0\0\x34",
        ),
        (
            "PACKAGE/sink/IotHubSinkConnector.class",
            b"\xca\xfe\xba\xbe\0\0\0\x34",
        ),
        ("noise", &noise),
    ])
}

fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn fetch(world: &World, address: SocketAddr, sha256: &str) -> Outcome {
    let url = format!("http://{address}/dl/c.jar?sig=canary-signature");
    let outcome = world.run(&["connector", "fetch", "--url", &url, "--sha256", sha256]);
    assert!(!outcome.err.contains("canary-signature"), "{}", outcome.err);
    outcome
}

/// The files in the working directory.
fn files(world: &World) -> Vec<String> {
    let entries = std::fs::read_dir(world.path("work")).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_jar_comes_whole_and_the_second_run_contacts_nobody() {
    let (world, bytes) = (World::new(), body("a"));
    let served = bytes.clone();
    let (address, requests) = server(Box::new(move |request, _| {
        ranged(request, "\"1\"", &served)
    }));
    let first = fetch(&world, address, &digest(&bytes).to_uppercase()).succeeded();
    assert!(first.out.contains(&digest(&bytes)) && first.err.contains("ok: downloading c.jar"));
    assert_eq!(std::fs::read(world.path("work/c.jar")).unwrap(), bytes);
    assert_eq!(files(&world), ["c.jar"]);
    let again = fetch(&world, address, &digest(&bytes)).succeeded();
    assert!(
        again.err.contains("c.jar is there already"),
        "{}",
        again.err
    );
    let url = format!("http://{address}/dl/c.jar");
    let sha256 = digest(&bytes);
    let line = [
        "connector",
        "fetch",
        "--url",
        &url,
        "--sha256",
        &sha256,
        "-o",
        "json",
    ];
    assert_eq!(world.run(&line).succeeded().json()["sha256"], sha256);
    fetch(&world, address, &"0".repeat(64)).failed(3, &["is not that file"]);
    assert_eq!(requests.lock().unwrap().len(), 1);
}

#[test]
fn what_broke_goes_on_where_it_broke() {
    let (world, bytes) = (World::new(), body("a"));
    let served = bytes.clone();
    // never more than 50,000 bytes at once, and after two answers nothing at all until the fifth
    let (address, requests) = server(Box::new(move |request, number| {
        let mut all = ranged(request, "\"1\"", &served);
        all.truncate(match number {
            2..=5 => 0,
            _ => 50_000,
        });
        all
    }));
    let broken =
        fetch(&world, address, &digest(&bytes)).failed(8, &["c.jar.part", "it goes on there"]);
    assert!(broken.err.contains("failed: downloading"), "{}", broken.err);
    assert!(!world.path("work/c.jar").exists());
    let kept = std::fs::metadata(world.path("work/c.jar.part"))
        .unwrap()
        .len();
    assert!((90_000..100_000).contains(&kept), "{kept}");
    assert_eq!(
        std::fs::read(world.path("work/c.jar.part")).unwrap(),
        bytes[..kept as usize]
    );

    let begun = requests.lock().unwrap().len();
    let again = fetch(&world, address, &digest(&bytes)).succeeded();
    assert!(
        again
            .err
            .contains(&format!("{kept} bytes were here already")),
        "{}",
        again.err
    );
    let request = requests.lock().unwrap()[begun].clone();
    assert_eq!(
        header(&request, "range"),
        Some(format!("bytes={kept}-").as_str())
    );
    assert_eq!(header(&request, "if-range"), Some("\"1\""));
    assert_eq!(std::fs::read(world.path("work/c.jar")).unwrap(), bytes);
    assert_eq!(files(&world), ["c.jar"]);
}

#[test]
fn a_file_that_changed_meanwhile_and_a_server_without_ranges_begin_anew() {
    for (tag, ranges) in [("\"2\"", true), ("W/\"1\"", true), ("\"1\"", false)] {
        let (world, old, new) = (World::new(), body("old"), body("new!"));
        let part = world.path("work/c.jar.part");
        std::fs::write(&part, &old[..70_000]).unwrap();
        let served = new.clone();
        let (address, _) = server(Box::new(move |request, _| match ranges {
            true => ranged(request, tag, &served),
            false => answer("200 OK", "", &served),
        }));
        let url = format!("http://{address}/dl/c.jar");
        // a weak tag proves nothing: the digest does
        let validator = (!tag.starts_with('W')).then_some("\"1\"");
        let from = serde_json::json!({"url": url, "validator": validator}).to_string();
        world.file("work/c.jar.part.from", from);
        let outcome = fetch(&world, address, &digest(&new)).succeeded();
        assert!(!outcome.err.contains("here already"), "{}", outcome.err);
        assert_eq!(
            std::fs::read(world.path("work/c.jar")).unwrap(),
            new,
            "{tag} {ranges}"
        );
    }
}

#[test]
fn refusals_and_lies_leave_no_jar() {
    let bytes = body("a");
    let right = digest(&bytes);
    for (code, words, whole) in [
        (4, "answers 404", answer("404 Not Found", "", b"<html>")),
        (6, "answers 403", answer("403 Forbidden", "", b"")),
        (8, "answers 500", answer("500 Oh", "", b"")),
        (
            7,
            "was not taken",
            answer("200 OK", "", b"<html>sign in</html>"),
        ),
        (7, right.as_str(), answer("200 OK", "", &body("another"))),
        (
            1,
            "no connector jar is as large",
            b"HTTP/1.1 200 OK\r\nContent-Length: 9000000000\r\n\r\nx".to_vec(),
        ),
        (
            8,
            "more than ten times",
            answer("302 Found", "Location: /again\r\n", b""),
        ),
    ] {
        let world = World::new();
        let (address, _) = server(Box::new(move |_, _| whole.clone()));
        fetch(&world, address, &right).failed(code, &[words]);
        assert!(!world.path("work/c.jar").exists());
        if code == 7 {
            assert_eq!(files(&world), [] as [&str; 0]);
        }
    }
    // the digest is right, and it is no connector
    let (world, page) = (World::new(), b"<html>".to_vec());
    let served = page.clone();
    let (address, _) = server(Box::new(move |_, _| answer("200 OK", "", &served)));
    fetch(&world, address, &digest(&page)).failed(2, &["was not taken", "is not a jar"]);
    assert_eq!(files(&world), [] as [&str; 0]);
}

#[test]
fn redirects_are_followed_and_proxies_used() {
    let (world, bytes) = (World::new(), body("a"));
    let served = bytes.clone();
    let (address, requests) = server(Box::new(move |request, _| {
        match request[0].contains("/other") {
            true => answer("200 OK", "", &served),
            false => answer("302 Found", "Location: /other\r\n", b""),
        }
    }));
    fetch(&world, address, &digest(&bytes)).succeeded();
    assert_eq!(requests.lock().unwrap().len(), 2);
    let world = World::new().set("http_proxy", format!("http://{address}"));
    let url = "http://jars.example.invalid/c.jar";
    world
        .run(&[
            "connector",
            "fetch",
            "--url",
            url,
            "--sha256",
            &digest(&bytes),
        ])
        .succeeded();
    let requests = requests.lock().unwrap();
    assert!(
        requests[2][0].starts_with("GET http://jars.example.invalid/c.jar "),
        "{requests:?}"
    );
}

#[test]
fn what_must_not_be_is_said_before_anybody_is_asked() {
    let (address, requests) = server(Box::new(|_, _| Vec::new()));
    let world = World::new();
    let zeros = "0".repeat(64);
    let run = |url: &str, more: &[&str]| {
        world.run(&[&["connector", "fetch", "--url", url], more].concat())
    };
    let url = format!("http://{address}/c.jar");
    run(&url, &[]).failed(2, &["plain http", "--sha256 DIGEST"]);
    run(&url.replace("http", "https"), &[]).failed(2, &["nobody is there to look at the digest"]);
    run(&url, &["--sha256", "abc"]).failed(2, &["64 hexadecimal digits"]);
    run("ftp://x/c.jar", &["--sha256", &zeros]).failed(2, &["neither http nor https"]);
    let secret = run("https://a:pass-canary@x/c.jar", &["--sha256", &zeros]);
    assert!(!secret.err.contains("pass-canary"));
    secret.failed(2, &["must not hold a user"]);
    run(&format!("http://{address}/"), &["--sha256", &zeros])
        .failed(2, &["name of a jar", "--to FILE"]);
    run(&url, &["--sha256", &zeros, "--to", "/no/such/c.jar"]).failed(1, &["/no/such/c.jar.part"]);
    assert_eq!(requests.lock().unwrap().len(), 0);
    // nobody listens there any more
    let gone = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    fetch(&world, gone, &zeros).failed(8, &["cannot be reached"]);
}

#[test]
fn a_full_disk_takes_nothing() {
    let (world, bytes) = (World::new(), body("a"));
    let served = bytes.clone();
    let (address, _) = server(Box::new(move |_, _| answer("200 OK", "", &served)));
    // a limit on the size of files fails a write as a full disk does
    let url = format!("http://{address}/c.jar");
    let script = format!(
        "trap '' XFSZ; ulimit -f 64; exec {} connector fetch --url {url} --sha256 {}",
        env!("CARGO_BIN_EXE_hdikafka"),
        digest(&bytes)
    );
    let output = std::process::Command::new("/bin/sh")
        .args(["-c", &script])
        .env_clear()
        .envs(&world.env)
        .current_dir(world.path("work"))
        .output()
        .unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.contains("cannot write c.jar.part"), "{err}");
    assert!(!world.path("work/c.jar").exists());
}
