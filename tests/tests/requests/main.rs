//! No request whatever gets a 5xx: the operations that the gateway describes, with parameters, media types and bodies that
//! are right, nearly right, and wrong in every way.
//!
//! `PACS_REQUESTS` says how many requests (5,000); `PACS_SEED` where the generator starts, to have other ones.

mod connection;
mod generator;

use std::sync::atomic::{AtomicU64, Ordering};

use connection::Connection;
use e2e::Gateway;
use generator::Generator;

const THREADS: u64 = 4;

fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{name} is no number")))
}

#[test]
fn no_request_gets_a_server_error() {
    let mut gateway = Gateway::start();
    let seeds = generator::Seeds::store(&gateway);
    let (requests, seed) = (number("PACS_REQUESTS", 5_000), number("PACS_SEED", 1));
    let by_class: [AtomicU64; 6] = Default::default();
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let (seeds, by_class, gateway) = (&seeds, &by_class, &gateway);
            scope.spawn(move || {
                let mut generator = Generator::new(seeds, seed * THREADS + thread);
                let mut connection = Connection::to(&gateway.http_address, &gateway.password);
                for _ in 0..requests / THREADS {
                    let request = generator.request();
                    let status = connection.ask(&request);
                    by_class[usize::from(status / 100).min(5)].fetch_add(1, Ordering::Relaxed);
                    assert!(status > 0, "no answer to {request}");
                    assert!(status < 500 || request.may_be_unbuilt() && status == 501, "{status} to {request}");
                }
            });
        }
    });
    let [_, _, success, other, client, server] = by_class.map(AtomicU64::into_inner);
    eprintln!(
        "{requests} requests: {success} succeeded, {other} elsewhere or as before, {client} refused, {server} not built"
    );
    // The generator is worth its name only when much of what it makes is right.
    assert!(success > requests / 20 && client > requests / 20, "{success} {client}");
    assert!(gateway.is_running());
    assert_eq!(gateway.http().get("/dicom-web/studies?limit=1", "application/dicom+json").status, 200);
}
