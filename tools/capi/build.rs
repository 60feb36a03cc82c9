//! Gives the shared library the name that programs look for when they start, with the version of the ABI in it, and has it
//! stay in memory once it is there: a handler of SIGBUS that it installed, and strings that are valid for ever, lie in it.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux") {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libcco.so.1");
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
