//! `cco serve`: totals over HTTP, from the snapshot that another process publishes.
//!
//! Invariant: it only reads. It serves what is there, and says so if no publisher keeps it current. If reloaded settings do
//! not work, it says why and keeps the previous ones.

use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, PoisonError};

use super::http::{AccessOptions, choose_address};
use super::options::Options;
use super::{Failure, note, print};
use crate::causes::causes;
use crate::config::Settings;
use crate::daemon::{AlertWatch, Watcher, on_orders};
use crate::publish::{Nudge, Order};
use crate::serve::{self, Address, Links, Server};
use crate::snapshot::is_held;

/// Options of `cco serve`.
#[derive(Debug, clap::Args)]
#[command(
    long_about = "Serves totals, reports and events over HTTP, from the snapshot that a publisher keeps current. To serve \
                  from the publisher itself: cco publish --http, or cco daemon start --http.\n\nOnly this machine can \
                  connect, and other users of it see no names of projects. Any other address needs --token-file and \
                  --allow-plain-http.",
    after_help = "Examples:\n  cco serve\n  cco serve 4000\n  cco serve unix:/run/user/1000/cco.sock\n  curl -s \
                  http://127.0.0.1:3000/api/stats\n\nExit codes: 0 stopped; 1 any other error, such as an address in \
                  use; 2 wrong usage."
)]
pub(super) struct Arguments {
    /// An address and port, a port, or unix:PATH [default: address in the config file, else 127.0.0.1:3000]
    #[arg(value_name = "ADDR")]
    address: Option<String>,
    #[command(flatten)]
    access: AccessOptions,
    #[command(flatten)]
    options: Options,
}

/// Runs `cco serve` until it is told to stop.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let (give, orders) = channel();
    on_orders(move |order| {
        // Nobody takes an order after the last one.
        let _ = give.send(order);
    })
    .map_err(Failure::io("cannot install signal handlers"))?;
    let mut serving = Serving::begin(prepare(arguments)?)?;
    print(&format!("serving at {}\n", serving.server.address()))?;
    while let Ok(Order::Reload) = orders.recv() {
        let address = serving.server.address().clone();
        serving = match prepare(arguments) {
            Ok(wanted) => serving.replaced(wanted)?,
            Err(failure) => {
                keeping(&failure);
                continue;
            }
        };
        if *serving.server.address() != address {
            print(&format!("serving at {}\n", serving.server.address()))?;
        }
    }
    Ok(())
}

fn keeping(failure: &Failure) {
    note(&format!("cco: keeping the previous settings: {failure}"));
}

/// Checked settings.
struct Prepared {
    settings: Settings,
    options: serve::Options,
}

/// The server, and the watch over the publisher, if alerts are asked for.
struct Serving {
    prepared: Prepared,
    server: Server,
    watch: Option<AlertWatch>,
}

impl Serving {
    fn begin(prepared: Prepared) -> Result<Self, Failure> {
        let server = Server::begin(prepared.options.clone())?;
        let watch = AlertWatch::begin(&prepared.settings, Watcher::Reader);
        Ok(Self { prepared, server, watch })
    }

    /// Switches to new settings, or keeps the old ones if the new ones do not work. Fails if neither work.
    fn replaced(self, wanted: Prepared) -> Result<Self, Failure> {
        let Self { prepared, server, watch } = self;
        let old_address = server.address().clone();
        // With the same address in the settings, a server at port 0 keeps the port it got.
        let is_same = wanted.options.address() == prepared.options.address();
        let new_address = if is_same { old_address.clone() } else { wanted.options.address().clone() };
        // Two servers cannot share an address. Otherwise clients have one until the other is there.
        let is_in_the_way = match (&old_address, &new_address) {
            (Address::Tcp(now), Address::Tcp(then)) => now.port() == then.port(),
            (now, then) => now == then,
        };
        let server = (!is_in_the_way).then_some(server);
        match Server::begin(wanted.options.clone().at(new_address)) {
            Ok(new) => {
                drop(server);
                drop(watch);
                let watch = AlertWatch::begin(&wanted.settings, Watcher::Reader);
                Ok(Self { prepared: wanted, server: new, watch })
            }
            Err(error) => {
                let failure = Failure::from(error);
                let server = match server {
                    Some(server) => server,
                    None => Server::begin(prepared.options.clone().at(old_address)).inspect_err(|_| {
                        note(&format!("cco: the new settings do not work: {failure}"));
                    })?,
                };
                keeping(&failure);
                Ok(Self { prepared, server, watch })
            }
        }
    }
}

/// The current settings. Nothing that runs is changed.
fn prepare(arguments: &Arguments) -> Result<Prepared, Failure> {
    let mut settings = arguments.options.settings()?;
    choose_address(&mut settings, arguments.address.as_deref());
    arguments.access.apply(&mut settings);
    if !is_held(&settings.state.lock()).unwrap_or(false) {
        note("cco: no publisher is running, so figures stand still; to start it: cco daemon start");
    }
    let options = serve::Options::of(&settings, links(&settings))?;
    Ok(Prepared { settings, options })
}

/// How to reach a publisher in another process.
fn links(settings: &Settings) -> Links {
    let state = settings.state.clone();
    let sent: Mutex<Option<Nudge>> = Mutex::new(None);
    Links {
        nudge: Arc::new(move || {
            // Without a publisher nobody would answer, and there may be no folder to ask in.
            if !is_held(&state.lock()).unwrap_or(false) {
                return;
            }
            match Nudge::send(&state) {
                Ok(nudge) => drop(sent.lock().unwrap_or_else(PoisonError::into_inner).replace(nudge)),
                Err(error) => tracing::warn!("cannot ask the publisher to scan: {}", causes(&error)),
            }
        }),
        progress: Arc::new(|| None),
    }
}
