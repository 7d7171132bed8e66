//! `besiege ADDRESS RATE`: does to a DIMSE server all that hostile peers do, each kind so many times a second, until
//! standard input ends. The server has to let unknown AE titles in.

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().and_then(|address| address.parse().ok());
    let rate = arguments.next().and_then(|rate| rate.parse().ok());
    match (address, rate) {
        (Some(address), Some(rate)) => e2e::siege::besiege(address, rate).await,
        _ => eprintln!("besiege ADDRESS RATE, such as: besiege 127.0.0.1:11112 20"),
    }
}
