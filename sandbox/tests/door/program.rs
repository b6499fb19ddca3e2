//! The program: its ready line, its ends, its errors.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

fn start(arguments: &[&str]) -> (Child, Value) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_cryptopay-sandbox"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let ready = serde_json::from_str(&line).unwrap();
    (child, ready)
}

fn ended(child: &mut Child) -> Option<i32> {
    let give_up = Instant::now() + Duration::from_secs(5);
    while Instant::now() < give_up {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        std::thread::yield_now();
    }
    child.kill().unwrap();
    None
}

#[test]
fn it_says_where_it_listens_and_ends_on_sigterm() {
    let (mut child, ready) = start(&[
        "--api-key",
        "K",
        "--api-secret",
        "S",
        "--callback-secret",
        "C",
        "--seed",
        "3",
        "--rate-limit",
        "0",
    ]);
    assert_eq!(
        (&ready["api_key"], &ready["api_secret"], &ready["callback_secret"]),
        (&"K".into(), &"S".into(), &"C".into())
    );
    assert!(ready["url"].as_str().unwrap().starts_with("http://127.0.0.1:"));
    assert_eq!(ready.as_object().unwrap().len(), 4);
    let killed = Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(killed.success());
    assert_eq!(ended(&mut child), Some(0));
}

#[test]
fn it_ends_when_stdin_closes_if_asked_to() {
    let (mut child, _) = start(&["--exit-on-stdin-close"]);
    assert!(child.try_wait().unwrap().is_none());
    drop(child.stdin.take());
    assert_eq!(ended(&mut child), Some(0));
}

#[test]
fn keys_follow_from_the_seed() {
    let ready: Vec<Value> = ["1", "1", "2"]
        .into_iter()
        .map(|seed| {
            let (mut child, ready) = start(&["--seed", seed]);
            child.kill().unwrap();
            child.wait().unwrap();
            ready
        })
        .collect();
    assert_eq!(ready[0]["api_secret"], ready[1]["api_secret"]);
    assert_ne!(ready[0]["api_secret"], ready[2]["api_secret"]);
    assert_eq!(ready[0]["api_key"].as_str().unwrap().len(), 22);
}

#[test]
fn a_port_in_use_and_a_useless_option_say_what_to_do() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for (arguments, sentence) in [
        (["--port", port.as_str()], "choose another port (0 takes any free one)"),
        (["--callback-url", "https://example.com/hook"], "give one like http://127.0.0.1:3000/callbacks"),
        (["--api-key", ""], "the api key must not be empty"),
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_cryptopay-sandbox"))
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert!(said.contains(sentence), "{said}");
        assert_eq!(child.wait().unwrap().code(), Some(1));
    }
}
