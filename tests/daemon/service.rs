//! `cco service`, with a made-up service manager.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::home::{Asked, Home, text};

#[test]
fn a_service_is_installed_for_systemd_and_removed_again() {
    let home = Home::new();
    let asked = Asked::new(&home);
    let unit = home.path().join(".config/systemd/user/cco.service");
    let service = |arguments: &[&str]| {
        let arguments = [&["service"], arguments, &["--manager", "systemd"]].concat();
        let mut command = home.command(env!("CARGO_BIN_EXE_cco"), &arguments);
        command.env("CCO_SYSTEMCTL", &asked.program).output().unwrap()
    };
    assert_eq!(service(&["status"]).status.code(), Some(3));
    let install = service(&["install", "--root", home.path().join(".claude").to_str().unwrap()]);
    assert_eq!(install.status.code(), Some(0), "{}", text(&install.stderr));
    assert!(text(&install.stdout).contains(&format!("wrote {}", unit.display())));
    assert_eq!(unit.metadata().unwrap().permissions().mode() & 0o777, 0o644);
    let written = fs::read_to_string(&unit).unwrap();
    let root = format!("\"publish\" \"--root\" \"{}/.claude\"", home.path().display());
    for part in [&*root, "Type=notify", "WatchdogSec=", "Environment=\"CCO_TIMEZONE=UTC\""] {
        assert!(written.contains(part), "{part} is missing in {written}");
    }
    let expected = "--user daemon-reload\n--user enable cco.service\n--user --no-block restart cco.service\n";
    assert_eq!(asked.take(), expected);
    assert_eq!(service(&["status"]).status.code(), Some(0));
    assert_eq!(asked.take(), "--user is-active --quiet cco.service\n");

    let uninstall = service(&["uninstall"]);
    assert_eq!(uninstall.status.code(), Some(0), "{}", text(&uninstall.stderr));
    assert!(!unit.exists());
    assert_eq!(asked.take(), "--user disable --now cco.service\n--user daemon-reload\n");
    let again = service(&["uninstall"]);
    assert_eq!(again.status.code(), Some(0));
    assert!(text(&again.stdout).contains("not installed"));
    assert_eq!(asked.take(), "");
}

#[test]
fn a_service_is_installed_for_launchd_and_removed_again() {
    let home = Home::new();
    let asked = Asked::new(&home);
    let plist = home.path().join("Library/LaunchAgents/dev.cco.publisher.plist");
    let service = |command: &str| {
        let mut command =
            home.command(env!("CARGO_BIN_EXE_cco"), &["service", command, "--manager", "launchd"]);
        command.env("CCO_LAUNCHCTL", &asked.program).output().unwrap()
    };
    let install = service("install");
    assert_eq!(install.status.code(), Some(0), "{}", text(&install.stderr));
    assert!(fs::read_to_string(&plist).unwrap().contains("<string>publish</string>"));
    assert!(asked.take().contains(&format!(" {}\n", plist.display())));
    assert_eq!(service("uninstall").status.code(), Some(0));
    assert!(!plist.exists());
}

#[test]
fn a_unit_that_is_not_ours_stays_as_it_is() {
    let home = Home::new();
    let asked = Asked::new(&home);
    let unit = home.path().join(".config/systemd/user/cco.service");
    fs::create_dir_all(unit.parent().unwrap()).unwrap();
    fs::write(&unit, "[Unit]\n").unwrap();
    for command in ["install", "uninstall"] {
        let arguments = ["service", command, "--manager", "systemd"];
        let mut command = home.command(env!("CARGO_BIN_EXE_cco"), &arguments);
        let output = command.env("CCO_SYSTEMCTL", &asked.program).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stderr).contains("not written by cco"), "{}", text(&output.stderr));
    }
    assert_eq!(fs::read_to_string(&unit).unwrap(), "[Unit]\n");
    assert_eq!(asked.take(), "");
}

#[test]
fn without_a_service_manager_the_next_step_is_named() {
    let home = Home::new();
    let mut command =
        home.command(env!("CARGO_BIN_EXE_cco"), &["service", "install", "--manager", "systemd"]);
    let output = command.env("CCO_SYSTEMCTL", "/never/there/systemctl").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("cco daemon start"), "{}", text(&output.stderr));
    assert!(!home.path().join(".config").exists(), "nothing is left half done");
}

#[test]
fn a_service_does_not_get_in_the_way_of_a_publisher_that_runs() {
    let home = Home::new();
    let asked = Asked::new(&home);
    home.start();
    let mut command =
        home.command(env!("CARGO_BIN_EXE_cco"), &["service", "install", "--manager", "systemd"]);
    let output = command.env("CCO_SYSTEMCTL", &asked.program).output().unwrap();
    assert_eq!(output.status.code(), Some(6));
    assert!(text(&output.stderr).contains("stop it first: cco daemon stop"), "{}", text(&output.stderr));
    assert_eq!(asked.take(), "");
}

#[test]
fn an_installation_that_the_manager_refuses_leaves_no_unit() {
    let home = Home::new();
    let refusing = home.path().join("refusing");
    fs::write(&refusing, "#!/bin/sh\necho 'Failed to connect to bus' >&2\nexit 1\n").unwrap();
    fs::set_permissions(&refusing, fs::Permissions::from_mode(0o755)).unwrap();
    let unit = home.path().join(".config/systemd/user/cco.service");
    let install = || {
        let arguments = ["service", "install", "--manager", "systemd"];
        let mut command = home.command(env!("CARGO_BIN_EXE_cco"), &arguments);
        let output = command.env("CCO_SYSTEMCTL", &refusing).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stderr).contains("Failed to connect to bus"), "{}", text(&output.stderr));
    };
    install();
    assert!(!unit.exists());
    let asked = Asked::new(&home);
    let mut command =
        home.command(env!("CARGO_BIN_EXE_cco"), &["service", "install", "--manager", "systemd"]);
    assert!(command.env("CCO_SYSTEMCTL", &asked.program).status().unwrap().success());
    let before = fs::read_to_string(&unit).unwrap();
    install();
    assert_eq!(fs::read_to_string(&unit).unwrap(), before, "the service that was there stays");
}
