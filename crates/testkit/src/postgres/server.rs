//! A PostgreSQL server in a folder of its own.

use super::binaries::{Binaries, User};
use super::{ClusterError, Durability};
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{env, fs, thread};
use tempfile::TempDir;

/// How often something that needs a moment is tried.
const TRIES: u32 = 100;
const BETWEEN_TRIES: Duration = Duration::from_millis(100);

/// What a server listens on beside nothing.
#[derive(Debug, Clone, Copy)]
pub(super) enum Listen {
    OnSocket,
    OnPort,
}

/// A server that was started here and its folder.
#[derive(Debug)]
pub(super) struct Server {
    binaries: Binaries,
    folder: PathBuf,
    port: Option<u16>,
    _watchdog: Watchdog,
}

impl Server {
    pub(super) fn start(durability: Durability, listen: Listen) -> Result<Self, ClusterError> {
        let temporary = short_folder().map_err(|e| system("making a folder for PostgreSQL", e))?;
        let owner = fs::metadata(temporary.path()).map_err(|e| system("reading that folder", e))?.uid();
        let binaries = Binaries::find(owner == 0)?;
        if let Some(User { uid, gid }) = binaries.user() {
            chown(temporary.path(), Some(uid), Some(gid))
                .map_err(|e| system("giving that folder away", e))?;
        }
        let watchdog = Watchdog::start(&binaries, temporary.path())?;
        let server = Self { binaries, folder: temporary.keep(), port: None, _watchdog: watchdog };
        initialise(&server.binaries, &server.folder, durability)?;
        match listen {
            Listen::OnSocket => server.start_once().map(|()| server),
            Listen::OnPort => server.start_on_free_port(),
        }
    }

    /// Starts it on a port that is free; another process may take that port first, so it tries a few.
    fn start_on_free_port(mut self) -> Result<Self, ClusterError> {
        for _ in 1..TRIES {
            let listener = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
            self.port = Some(listener.map_err(|e| system("looking for a free port", e))?.port());
            match self.start_once() {
                Err(ClusterError::Command { output, .. }) if output.contains("in use") => {}
                answer => return answer.map(|()| self),
            }
        }
        self.start_once().map(|()| self)
    }

    /// The URL of the database that every server has.
    pub(super) fn url(&self) -> String {
        match self.port {
            Some(port) => format!("postgres://postgres@127.0.0.1:{port}/postgres"),
            None => format!("postgres:///postgres?host={}&user=postgres", self.folder.display()),
        }
    }

    pub(super) fn stop(&self) -> Result<(), ClusterError> {
        run(self.control("stop").args(["-m", "fast"]))
    }

    /// Kills the server and waits until it is gone; its other processes see that and go by themselves.
    pub(super) fn kill(&self) -> Result<(), ClusterError> {
        let lock = self.data().join("postmaster.pid");
        let locked = fs::read_to_string(&lock).map_err(|e| system("looking for the server's process", e))?;
        let process = locked.lines().next().unwrap_or_default().trim().to_owned();
        run(Command::new("sh").args(["-c", "kill -KILL \"$0\"", &process]))?;
        for _ in 0..TRIES {
            if !is_running(&process) {
                // Where nobody collects dead processes, the next server would take the dead one for a living one.
                let socket_lock = format!(".s.PGSQL.{}.lock", self.port.unwrap_or(5432));
                let removed = [lock, self.folder.join(socket_lock)].into_iter().try_for_each(fs::remove_file);
                return removed.map_err(|e| system("removing the locks of the killed server", e));
            }
            thread::sleep(BETWEEN_TRIES);
        }
        Err(system("killing the server", format!("process {process} is still there")))
    }

    /// Starts it; tries for a while, because the processes of a killed server need a moment to go.
    pub(super) fn start_again(&self) -> Result<(), ClusterError> {
        for _ in 1..TRIES {
            match self.start_once() {
                Err(ClusterError::Command { output, .. }) if output.contains("shared memory block") => {
                    thread::sleep(BETWEEN_TRIES);
                }
                answer => return answer,
            }
        }
        self.start_once()
    }

    fn start_once(&self) -> Result<(), ClusterError> {
        let log = self.folder.join("log");
        let written = fs::metadata(&log).map_or(0, |log| log.len() as usize);
        let mut command = self.control("start");
        command.arg("-l").arg(&log);
        if let Some(port) = self.port {
            command.args(["-o", &format!("-c listen_addresses=127.0.0.1 -c port={port}")]);
        }
        run(&mut command).map_err(|error| match error {
            ClusterError::Command { command, output } => {
                let said = fs::read(&log).unwrap_or_default().split_off(written);
                ClusterError::Command { command, output: output + &String::from_utf8_lossy(&said) }
            }
            other => other,
        })
    }

    fn control(&self, action: &str) -> Command {
        let mut command = self.binaries.command("pg_ctl");
        command.arg(action).args(["-w", "-t", "60", "-s", "-D"]).arg(self.data());
        command
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }
}

/// A short path, because that of a socket may have about a hundred bytes.
fn short_folder() -> std::io::Result<TempDir> {
    let short = Path::new("/tmp");
    let parent = if short.is_dir() { short.to_owned() } else { env::temp_dir() };
    tempfile::Builder::new().prefix("guerdon-pg-").tempdir_in(parent)
}

fn initialise(binaries: &Binaries, folder: &Path, durability: Durability) -> Result<(), ClusterError> {
    let data = folder.join("data");
    let mut initdb = binaries.command("initdb");
    run(initdb.args(["-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "-N", "-D"]).arg(&data))?;
    let mut settings = format!(
        "listen_addresses = ''\nunix_socket_directories = '{}'\nmax_connections = 300\n\
         dynamic_shared_memory_type = mmap\n",
        folder.display()
    );
    if durability == Durability::Fast {
        settings += "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n";
    }
    let file = fs::OpenOptions::new().append(true).open(data.join("postgresql.conf"));
    let written = file.and_then(|mut file| file.write_all(settings.as_bytes()));
    written.map_err(|e| system("writing postgresql.conf", e))
}

/// A shell that waits for this process to end and then stops the server and removes its folder.
///
/// It reads from a pipe that only this process can write to and never does, so it wakes when the process is gone,
/// be it killed. It is in a process group of its own, so that what interrupts the tests does not interrupt it.
#[derive(Debug)]
struct Watchdog(Child);

impl Watchdog {
    const SCRIPT: &str = r#"trap "" HUP INT TERM; read -r _
        "$1" stop -w -s -m immediate -D "$2/data"
        for _ in 1 2 3 4 5; do rm -rf "$2" && exit; sleep 1; done"#;

    fn start(binaries: &Binaries, folder: &Path) -> Result<Self, ClusterError> {
        let mut shell = binaries.as_user(Path::new("/bin/sh"));
        shell.args(["-c", Self::SCRIPT, "guerdon-test-postgres"]).arg(binaries.path("pg_ctl")).arg(folder);
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        shell.spawn().map(Self).map_err(|e| system("starting the watchdog of PostgreSQL", e))
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        // There is nobody to tell, and the folder is in /tmp.
        let _ = self.0.wait();
    }
}

/// Whether a process is there and not merely waiting to be collected.
fn is_running(process: &str) -> bool {
    if !Path::new("/proc/self/stat").exists() {
        let answer = Command::new("sh").args(["-c", "kill -0 \"$0\" 2>&-", process]).status();
        return answer.is_ok_and(|status| status.success());
    }
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The state follows the program's name, which stands in brackets and may hold anything.
    stat.rsplit_once(") ").is_some_and(|(_, after)| !after.starts_with(['Z', 'X']))
}

fn run(command: &mut Command) -> Result<(), ClusterError> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().map_err(|e| system(&format!("running {name}"), e))?;
    match output.status.success() {
        true => Ok(()),
        false => {
            let said = [output.stdout, output.stderr].concat();
            Err(ClusterError::Command { command: name, output: String::from_utf8_lossy(&said).into_owned() })
        }
    }
}

fn system(what: &str, error: impl ToString) -> ClusterError {
    ClusterError::System { what: what.to_owned(), error: error.to_string() }
}
