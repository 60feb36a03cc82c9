//! A Prometheus on loopback with a folder of its own, killed at the end of a test.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::client::PATIENCE;
use crate::tool;

pub(crate) struct Prometheus {
    child: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Prometheus {
    /// Scrapes a server each second and evaluates the rules.
    pub(crate) fn scraping(port: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let own = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let example = fs::read_to_string(tool("prometheus.yml")).unwrap();
        let config = example
            .replace(
                "scrape_interval: 15s",
                "scrape_interval: 1s\n  scrape_timeout: 1s\n  evaluation_interval: 1s",
            )
            .replace("127.0.0.1:3000", &format!("127.0.0.1:{port}"));
        assert!(config.contains("interval: 1s") && config.contains(&port.to_string()), "{config}");
        fs::write(folder.path().join("prometheus.yml"), config).unwrap();
        for rules in ["recording.yml", "alerts.yml"] {
            fs::copy(tool(rules), folder.path().join(rules)).unwrap();
        }
        let child = Command::new("prometheus")
            .args(["--config.file=prometheus.yml", "--storage.tsdb.path=data", "--log.level=warn"])
            .arg(format!("--web.listen-address=127.0.0.1:{own}"))
            .env_clear()
            .env("HOME", folder.path())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, port: own, _folder: folder }
    }

    /// The samples that an expression gives; empty too while it cannot be asked. An expression that is wrong fails.
    pub(crate) fn ask(&self, expression: &str) -> Vec<Value> {
        let Some(answer) = self.get(&format!("/api/v1/query?query={}", encoded(expression))) else {
            return Vec::new();
        };
        assert_eq!(answer["status"], "success", "{expression}: {answer}");
        answer["data"]["result"].as_array().cloned().unwrap_or_default()
    }

    /// Waits until an expression gives samples that are fine.
    pub(crate) fn await_samples(&self, expression: &str, is_fine: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let began = Instant::now();
        loop {
            let samples = self.ask(expression);
            if !samples.is_empty() && is_fine(&samples) {
                return samples;
            }
            assert!(began.elapsed() < 2 * PATIENCE, "{expression} gives {samples:?}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Asks by HTTP/1.0, so that the answer is as long as the connection lives.
    pub(crate) fn get(&self, target: &str) -> Option<Value> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.write_all(format!("GET {target} HTTP/1.0\r\n\r\n").as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (_, body) = answer.split_once("\r\n\r\n")?;
        // Until it is ready it answers in words.
        serde_json::from_str(body).ok()
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}
