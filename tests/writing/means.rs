//! Threads and memory.

use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::process::{RACY, folder, said, tool, write};

/// A shell that runs the tool under a resource limit; as an unprivileged user if root would be exempt.
fn limited(limit: &str, is_root: bool) -> Command {
    let mut command = Command::new("bash");
    command.args(["-c", &format!("{limit}; exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_bicep-race-lint")]);
    if is_root {
        command.uid(65534).gid(65534);
    }
    command
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|id| id.stdout == b"0\n")
}

#[test]
fn a_run_without_threads_still_works() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder();
    let readable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(folder.path(), readable).unwrap();
    let names: Vec<String> = (0..60).map(|at| format!("f{at}.bicep")).collect();
    for name in &names {
        write(folder.path(), name, RACY);
    }
    for arguments in [names.as_slice(), &[".".to_owned()]] {
        let output = limited("ulimit -u 1", is_root())
            .args(arguments)
            .args(["--format", "concise"])
            .env("RAYON_NUM_THREADS", "4")
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .output()
            .unwrap();
        if output.status.code() == Some(126) {
            eprintln!("not tried: nobody may run the tool where it lies");
            return;
        }
        let (text, code) = said(&output);
        assert_eq!((text.matches("[hub-gateways]").count(), code), (60, 1), "{text}");
    }
}

#[test]
fn the_requested_number_of_threads_is_limited() {
    let folder = folder();
    for at in 0..60 {
        write(folder.path(), format!("f{at}.bicep"), RACY);
    }
    for count in ["100000", "18446744073709551615", "99999999999999999999", "0", "-1", "", "many"] {
        let begin = Instant::now();
        let output =
            tool(folder.path()).args([".", "--format", "concise"]).env("RAYON_NUM_THREADS", count).output();
        let (text, code) = said(&output.unwrap());
        assert_eq!((text.matches("[hub-gateways]").count(), code), (60, 1), "{count}: {text}");
        assert!(begin.elapsed() < Duration::from_secs(20), "{count}: {:?}", begin.elapsed());
    }
}

#[test]
fn memory_that_runs_out_is_an_internal_error() {
    let folder = folder();
    let many: Vec<String> =
        (0..120_000).map(|at| format!("var v{at} = {{ a: '{at}', b: [ {at} ] }}")).collect();
    let many = many.join("\n");
    write(folder.path(), "main.bicep", many);
    // The required memory depends on the build: increase the limit until the run works.
    let mut codes = Vec::new();
    for kilobytes in (40_000..2_000_000).step_by(30_000) {
        let limit = format!("ulimit -v {kilobytes}");
        let output = limited(&limit, false).current_dir(folder.path()).stdin(Stdio::null()).output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        match output.status.code() {
            Some(0) => break,
            Some(101) => assert!(text.contains("memory allocation of"), "{text}"),
            // With very little memory not even the program can be loaded; no guarantee applies to such runs.
            Some(127) | None if codes.iter().all(|code| *code != Some(101)) => {}
            code => panic!("{code:?} {:?} with {kilobytes}: {text}", output.status),
        }
        codes.push(output.status.code());
    }
    assert!(codes.contains(&Some(101)), "{codes:?}");
}
