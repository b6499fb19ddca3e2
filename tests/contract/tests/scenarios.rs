//! Every story, played against a sandbox of its own.
#![allow(clippy::unwrap_used, reason = "a test")]

use cryptopay_contract::{dispatch, files, ledger, scenario};
use cryptopay_core::api;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

#[tokio::test(flavor = "multi_thread")]
async fn every_scenario_holds() {
    let (mut running, mut wrong, mut passed) = (JoinSet::new(), Vec::new(), Vec::new());
    let stories = files::read_all("scenarios").unwrap();
    let (count, places) = (stories.len(), Arc::new(Semaphore::new(4)));
    assert!(count >= 40, "only {count} stories");
    for (name, story) in stories {
        let places = Arc::clone(&places);
        running.spawn(async move {
            let _place = places.acquire_owned().await.unwrap();
            let played = tokio::time::timeout(Duration::from_secs(60), scenario::play(&story)).await;
            (name, story["rule"].clone(), played)
        });
    }
    while let Some(ended) = running.join_next().await {
        match ended.unwrap() {
            (name, _, Ok(Ok(()))) => passed.push((name, 1)),
            (name, rule, Ok(Err(error))) => wrong.push(format!("{name} ({rule}): {error:#}")),
            (name, rule, Err(_)) => wrong.push(format!("{name} ({rule}): not over within a minute")),
        }
    }
    wrong.sort();
    ledger::executed("scenarios", &passed).unwrap();
    assert!(wrong.is_empty(), "{} of {count} stories\n{}", wrong.len(), wrong.join("\n"));
    println!("{count} stories hold");
}

#[test]
fn every_operation_can_be_called_by_name() {
    let table: Vec<&str> = api::OPERATIONS.iter().map(|operation| operation.name).collect();
    assert_eq!(dispatch::OPERATIONS, table);
}

#[test]
fn the_sandbox_knows_the_same_operations() {
    let mut ours: Vec<_> =
        api::OPERATIONS.iter().map(|row| (row.name, row.method.as_str(), row.path)).collect();
    let mut theirs: Vec<_> = cryptopay_sandbox::routes::ROUTES
        .iter()
        .map(|route| (route.operation, route.method, route.path))
        .collect();
    ours.sort_unstable();
    theirs.sort_unstable();
    assert_eq!(ours, theirs);
}
