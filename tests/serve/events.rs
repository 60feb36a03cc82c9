//! Events: one for each publish, for as many clients as may listen.

use serde_json::Value;

use crate::client::{Client, get};
use crate::host::Host;
use crate::place::{Place, request};

pub(crate) fn listen(port: u16, last: Option<&str>) -> Client {
    let mut client = Client::connect(port);
    let last = last.map(|id| format!("Last-Event-ID: {id}\r\n")).unwrap_or_default();
    client.send(format!("GET /api/events HTTP/1.1\r\nHost: localhost\r\n{last}\r\n").as_bytes()).unwrap();
    let head = client.head().unwrap();
    assert_eq!((head.status, head.header("content-type")), (200, "text/event-stream"));
    client
}

fn requests(event: &std::collections::HashMap<String, String>) -> Value {
    serde_json::from_str::<Value>(&event["data"]).unwrap()["totals"]["requests"].clone()
}

/// Listens until totals have so many requests. A commit may change something else; none takes requests away.
fn await_requests(client: &mut Client, wanted: u64) -> std::collections::HashMap<String, String> {
    let mut ids = std::collections::HashSet::new();
    loop {
        let event = client.event();
        assert!(ids.insert(event["id"].clone()), "heard twice: {event:?}");
        let heard = requests(&event).as_u64().unwrap();
        if heard == wanted {
            return event;
        }
        assert!(heard < wanted, "{heard} requests, and there are {wanted}");
    }
}

#[test]
fn a_client_hears_the_totals_at_once_and_each_change() {
    let place = Place::new();
    let host = Host::publish(&place, &[]);
    let mut clients: Vec<Client> = (0..5).map(|_| listen(host.port, None)).collect();
    let mut id = String::new();
    for client in &mut clients {
        let event = client.event();
        assert_eq!((&*event["event"], requests(&event)), ("publish", 2.into()));
        id.clone_from(&event["id"]);
    }
    for count in 3..6 {
        place.add("-home-ada-engine", "s-1", &request(count, "s-1", "2026-03-23T10:00:00Z"));
        for client in &mut clients {
            await_requests(client, count.into());
        }
    }
    // One that comes back hears what it missed, in one event.
    assert_eq!(requests(&listen(host.port, Some(&id)).event()), 5);
}

#[test]
fn a_client_that_comes_back_hears_nothing_twice() {
    let place = Place::new();
    let host = Host::publish(&place, &[]);
    let event = listen(host.port, None).event();
    let mut again = listen(host.port, Some(&event["id"]));
    place.add("-home-ada-engine", "s-1", &request(9, "s-1", "2026-03-23T10:00:00Z"));
    assert_ne!(await_requests(&mut again, 3)["id"], event["id"]);
}

#[test]
fn clients_hear_that_the_publisher_died_and_that_another_one_lives() {
    let place = Place::counted();
    let publisher = place.start();
    let host = Host::serve(&place, &[]);
    let mut client = listen(host.port, None);
    let writer = |client: &mut Client| {
        serde_json::from_str::<Value>(&client.event()["data"]).unwrap()["snapshot"]["writer"].clone()
    };
    assert_eq!(writer(&mut client), "live");
    drop(publisher);
    assert_eq!(writer(&mut client), "dead");
    let _publisher = place.start();
    while writer(&mut client) != "live" {}
}

#[test]
fn clients_beyond_the_limit_are_told_to_come_later() {
    let place = Place::new();
    let host = Host::publish(&place, &[]);
    let open = || {
        let mut client = Client::connect(host.port);
        client.send(b"GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let status = client.head().map_or(0, |head| head.status);
        (client, status)
    };
    let mut listening: Vec<Client> = Vec::new();
    let refused = loop {
        let (client, status) = open();
        match status {
            200 => listening.push(client),
            other => break other,
        }
        assert!(listening.len() < 4096, "nobody is refused");
    };
    assert!([503, 0].contains(&refused), "{refused}");
    assert!(listening.len() >= 200, "only {} were let in", listening.len());
    // Others are still answered, and the place of one that left is free.
    drop(listening);
    assert_eq!(get(host.port, "/healthz").status, 200);
    host.await_ready();
}
