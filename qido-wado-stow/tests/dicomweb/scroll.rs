//! Scrolling over a WebSocket, by a client that others wrote.

use std::net::TcpStream;
use std::time::Duration;

use actix_web::rt;
use archive::volume::Choice;
use archive::{Actor, Right, Scope, Uid};
use futures_util::FutureExt;
use qido_wado_stow::Settings;
use serde_json::{Value, json};
use tungstenite::client::IntoClientRequest;
use tungstenite::handshake::client::Request;
use tungstenite::protocol::frame::FrameSocket;
use tungstenite::protocol::frame::coding::{CloseCode, Control, Data, OpCode};
use tungstenite::{Error, HandshakeError, Message, WebSocket};

use crate::first_planes::{broken, many, store};
use crate::phantom::{Phantom, STUDY};
use crate::server::{Server, basic};

type Socket = WebSocket<TcpStream>;

fn stored(server: &Server) -> Phantom {
    let phantom = Phantom::axial(1, &[0.0, 3.0, 6.0, 9.0, 12.0, 15.0]);
    assert_eq!(server.post_files(&phantom.files()).status, 200);
    phantom
}

fn request(server: &Server, path: &str, headers: &[(&'static str, &str)]) -> Request {
    let mut request = format!("ws://{}{path}", server.address).into_client_request().expect("a request");
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().expect("a header"));
    }
    request
}

/// Opens a socket, or gives the status that says why not.
fn open(server: &Server, path: &str, headers: &[(&'static str, &str)]) -> Result<Socket, u16> {
    let stream = TcpStream::connect(server.address).expect("the server listens");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a timeout");
    match tungstenite::client(request(server, path, headers), stream) {
        Ok((socket, _)) => Ok(socket),
        Err(HandshakeError::Failure(Error::Http(answer))) => Err(answer.status().as_u16()),
        Err(error) => panic!("{error}"),
    }
}

fn scroll(server: &Server, phantom: &Phantom) -> Socket {
    let authorization = basic("clara");
    open(server, &format!("{}/scroll", phantom.path()), &[("authorization", authorization.as_str())]).expect("a socket")
}

fn ask(socket: &mut Socket, message: Value) {
    socket.send(Message::text(message.to_string())).expect("send");
}

/// The next answer: what is said of the frame, and the picture.
fn answer(socket: &mut Socket) -> (Value, Vec<u8>) {
    loop {
        match socket.read().expect("an answer") {
            Message::Binary(bytes) => {
                let length = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize;
                let head = serde_json::from_slice(&bytes[4..4 + length]).expect("a head");
                return (head, bytes[4 + length..].to_vec());
            }
            Message::Text(text) => return (serde_json::from_str(&text).expect("words"), Vec::new()),
            _ => {}
        }
    }
}

/// Why the server closes, once it does.
fn closed(socket: &mut Socket) -> CloseCode {
    loop {
        match socket.read() {
            Ok(Message::Close(reason)) => return reason.expect("a reason").code,
            Ok(_) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn each_message_is_answered_by_the_picture_that_get_gives() {
    let server = Server::start();
    let phantom = stored(&server);
    let mut socket = scroll(&server, &phantom);
    for (number, offset) in [-3.0, 0.0, 4.5].into_iter().enumerate() {
        ask(
            &mut socket,
            json!({ "id": number, "normal": [0, 0, 1], "up": "0,-1,0", "offset": offset, "format": "png", "window": "40,80,linear" }),
        );
        let (head, picture) = answer(&mut socket);
        assert_eq!((&head["id"], &head["type"]), (&json!(number), &json!("image/png")), "{head}");
        let query = format!("normal=0,0,1&up=0,-1,0&offset={offset}&window=40,80,linear");
        let same = server.get(&format!("{}/slice?{query}", phantom.path()), "image/png");
        assert_eq!(picture, same.body, "{offset}");
        let place: Vec<String> =
            head["position"].as_array().expect("a place").iter().map(|x| x.as_f64().expect("mm").to_string()).collect();
        assert_eq!(Some(place.join(",").as_str()), same.header("x-image-position-patient"));
    }
    for view in ["projection", "renderedmpr", "rendered3d"] {
        ask(&mut socket, json!({ "id": view, "view": view, "orientation": "l" }));
        let (head, picture) = answer(&mut socket);
        assert_eq!(head["id"], view, "{head}");
        assert!(picture.starts_with(&[0xff, 0xd8]), "{view}");
    }
    for (message, name) in [
        (json!({ "id": "a", "slab": "thick" }), "slab"),
        (json!({ "id": "a", "view": "mind" }), "view"),
        (json!({ "id": "a", "view": "rendered3d", "swivelrange": 20 }), "moves"),
        (json!({ "id": "a", "volumeinputreference": "1.2.3" }), "1.2.3"),
    ] {
        ask(&mut socket, message);
        let (head, _) = answer(&mut socket);
        assert_eq!((&head["id"], &head["status"]), (&json!("a"), &json!(400)), "{head}");
        assert!(head["error"].as_str().is_some_and(|words| words.contains(name)), "{head}");
    }
    socket.close(None).expect("close");
    let last = std::iter::repeat_with(|| socket.read()).find(|message| !matches!(message, Ok(Message::Ping(_))));
    assert!(matches!(last, Some(Ok(Message::Close(_)) | Err(Error::ConnectionClosed))), "{last:?}");
}

#[test]
fn of_many_requests_at_once_the_newest_is_answered_and_old_ones_are_dropped() {
    let server = Server::start();
    let phantom = stored(&server);
    let mut socket = scroll(&server, &phantom);
    const MANY: u64 = 200;
    for number in 1..=MANY {
        let message = json!({ "id": number, "view": "rendered3d", "viewport": "800,800", "orientation": "l" });
        socket.write(Message::text(message.to_string())).expect("write");
    }
    socket.flush().expect("flush");
    let mut answered = Vec::new();
    while answered.last() != Some(&MANY) {
        let (head, picture) = answer(&mut socket);
        assert!(!picture.is_empty(), "{head}");
        answered.push(head["id"].as_u64().expect("a number"));
    }
    assert!(answered.is_sorted() && (answered.len() as u64) < MANY / 2, "{answered:?}");
}

#[test]
fn a_refused_message_leaves_nothing_half_loaded_that_others_would_wait_for() {
    let server = Server::start_with_room(Settings::default(), 1 << 20);
    let (phantom, other) = (stored(&server), Phantom::axial(2, &[0.0, 3.0, 6.0]));
    assert_eq!(server.post_files(&other.files()).status, 200);
    let uid = |text: &str| Uid::new(text).expect("a UID");
    let scope = Scope { study: uid(STUDY), series: Some(uid(&other.series)), instance: None };
    let rights = vec![Right::Retrieve];
    let actor = Actor { name: "test".into(), rights, identified: true, address: None, via: "test" };
    let (system, archive, choice) = (rt::System::new(), &server.archive, Choice::default());
    let instances = system.block_on(archive.instances(&actor, &scope, "slice")).expect("instances");
    // All room is taken: loading another volume waits.
    let held = system.block_on(archive.volume(&instances, &choice)).expect("a volume");
    let mut socket = scroll(&server, &phantom);
    ask(&mut socket, json!({ "id": 1 }));
    // It waits when it has forgotten what is held.
    let is_known = || system.block_on(async { archive.volume(&instances, &choice).now_or_never().is_some() });
    while is_known() {
        std::thread::yield_now();
    }
    ask(&mut socket, json!({ "id": 2, "slab": "thick" }));
    let (head, _) = answer(&mut socket);
    assert_eq!((&head["id"], &head["status"]), (&json!(2), &json!(400)), "{head}");
    drop(held);
    let slice = server.get(&format!("{}/slice", phantom.path()), "image/png");
    assert_eq!(slice.status, 200, "{}", slice.text());
    ask(&mut socket, json!({ "id": 3 }));
    assert_eq!(answer(&mut socket).0["id"], 3);
}

#[test]
fn the_first_picture_does_not_wait_for_slices_far_from_it() {
    let server = Server::start();
    let phantom = many(1);
    let mut files = phantom.files();
    files[38] = broken(files[38].clone(), &phantom);
    store(&server, &files);
    let mut socket = scroll(&server, &phantom);
    let mut seen = |view: Value| {
        let mut message = json!({ "center": [0, -14, 31], "spacing": 1, "size": [12, 9], "window": "40,400,linear" });
        message.as_object_mut().expect("an object").extend(view.as_object().expect("an object").clone());
        ask(&mut socket, message);
        answer(&mut socket)
    };
    let near = json!({ "normal": [0.2, 0, 1], "format": "png" });
    let (head, first) = seen(near.clone());
    assert!(head["status"].is_null() && first.starts_with(b"\x89PNG"), "{head}");
    // What is made of all slices waits for the one that cannot be decoded.
    for all in [json!({ "view": "projection" }), json!({ "slab": 5 })] {
        let (head, _) = seen(all);
        assert!(head["status"].as_u64() >= Some(400), "{head}");
    }
    let (head, again) = seen(near);
    assert_eq!(again, first, "{head}");
}

#[test]
fn who_may_not_retrieve_or_comes_from_elsewhere_opens_no_socket() {
    let server = Server::start();
    let phantom = stored(&server);
    let path = format!("{}/scroll", phantom.path());
    let (clara, rita) = (basic("clara"), basic("rita"));
    let refused = |path: &str, headers: &[(&'static str, &str)]| open(&server, path, headers).err();
    assert_eq!(refused(&path, &[]), Some(401));
    assert_eq!(refused(&path, &[("authorization", rita.as_str())]), Some(403));
    let foreign = [("authorization", clara.as_str()), ("origin", "https://evil.example")];
    assert_eq!(refused(&path, &foreign), Some(403));
    assert_eq!(refused(&path.replace(".8.1/", ".8.77/"), &[("authorization", clara.as_str())]), Some(404));
    let own = format!("http://{}", server.address);
    assert_eq!(refused(&path, &[("authorization", clara.as_str()), ("origin", own.as_str())]), None);
    assert_eq!(server.get(&path, "*/*").status, 400);
    let sockets: Vec<Socket> = (0..8).map(|_| scroll(&server, &phantom)).collect();
    assert_eq!(refused(&path, &[("authorization", clara.as_str())]), Some(429));
    drop(sockets);
}

#[test]
fn a_client_that_does_not_say_that_it_reads_is_sent_two_answers() {
    let server = Server::start();
    let phantom = stored(&server);
    let mut socket = scroll(&server, &phantom);
    // Frame by frame, so that no ping is answered.
    let mut frames = FrameSocket::new(socket.get_ref().try_clone().expect("the stream"));
    let mut next = || frames.read(None).expect("a frame").expect("a frame").header().opcode;
    let (text, ping) = (OpCode::Data(Data::Text), OpCode::Control(Control::Ping));
    for message in [json!({ "view": "mind" }), json!({ "slab": "thick" })] {
        ask(&mut socket, message);
        assert_eq!([next(), next()], [text, ping]);
    }
    ask(&mut socket, json!({ "view": "mind" }));
    socket.send(Message::Ping("?".into())).expect("send");
    assert_eq!(next(), OpCode::Control(Control::Pong));
    socket.send(Message::Pong(2_u64.to_le_bytes().to_vec().into())).expect("send");
    assert_eq!([next(), next()], [text, ping]);
}

#[test]
fn long_and_binary_messages_idleness_and_the_end_of_the_server_close_the_socket() {
    let settings = Settings { idle: Duration::from_millis(400), ..Settings::default() };
    let shutdown = settings.shutdown.clone();
    let server = Server::start_with(settings);
    let phantom = stored(&server);
    let mut long = scroll(&server, &phantom);
    ask(&mut long, json!({ "id": "x".repeat(20_000) }));
    assert_eq!(closed(&mut long), CloseCode::Protocol);
    let mut binary = scroll(&server, &phantom);
    binary.send(Message::binary(vec![1, 2, 3])).expect("send");
    assert_eq!(closed(&mut binary), CloseCode::Unsupported);
    assert_eq!(closed(&mut scroll(&server, &phantom)), CloseCode::Normal);
    let mut last = scroll(&server, &phantom);
    shutdown.cancel();
    assert_eq!(closed(&mut last), CloseCode::Away);
}
