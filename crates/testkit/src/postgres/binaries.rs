//! Where PostgreSQL's programs are, and as whom they run.

use super::ClusterError;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const FOLDER: &str = "GUERDON_TEST_PG_BIN";
const DEBIAN: &str = "/usr/lib/postgresql";

/// A user and its group, by number.
#[derive(Debug, Clone, Copy)]
pub(super) struct User {
    pub(super) uid: u32,
    pub(super) gid: u32,
}

/// PostgreSQL's programs.
#[derive(Debug, Clone)]
pub(super) struct Binaries {
    folder: PathBuf,
    user: Option<User>,
}

impl Binaries {
    /// Finds them; `as_root` says that we are root, which PostgreSQL refuses to be.
    pub(super) fn find(as_root: bool) -> Result<Self, ClusterError> {
        let folder = match env::var_os(FOLDER) {
            Some(folder) => Some(PathBuf::from(folder)).filter(|folder| holds_programs(folder)),
            None => newest(Path::new(DEBIAN)).or_else(on_path),
        };
        let Some(folder) = folder else {
            let asked = env::var(FOLDER).map(|folder| format!("{folder}, which {FOLDER} names"));
            let looked = asked.unwrap_or_else(|_| format!("{DEBIAN}/*/bin or on PATH"));
            return Err(ClusterError::NotInstalled { looked });
        };
        Ok(Self { folder, user: if as_root { Some(unprivileged()?) } else { None } })
    }

    /// Who they run as, where that is not who we are.
    pub(super) fn user(&self) -> Option<User> {
        self.user
    }

    /// The path of one of them.
    pub(super) fn path(&self, program: &str) -> PathBuf {
        self.folder.join(program)
    }

    /// One of them, to be run as the right user.
    pub(super) fn command(&self, program: &str) -> Command {
        self.as_user(&self.path(program))
    }

    /// Any program, to be run as the right user, untouched by settings meant for another server.
    pub(super) fn as_user(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        for (name, _) in env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"PG")) {
            command.env_remove(name);
        }
        command.env("LC_ALL", "C").current_dir("/");
        if let Some(User { uid, gid }) = self.user {
            command.uid(uid).gid(gid);
        }
        command
    }
}

fn holds_programs(folder: &Path) -> bool {
    ["initdb", "pg_ctl", "postgres"].iter().all(|program| folder.join(program).is_file())
}

/// The `bin` of the highest version under a folder that has one folder for each version.
fn newest(versions: &Path) -> Option<PathBuf> {
    let number = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    let found = fs::read_dir(versions).ok()?.flatten().map(|entry| entry.path());
    let mut found: Vec<_> = found.filter(|path| holds_programs(&path.join("bin"))).collect();
    found.sort_by_key(|path| number(path));
    found.pop().map(|path| path.join("bin"))
}

fn on_path() -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).find(|folder| holds_programs(folder))
}

fn unprivileged() -> Result<User, ClusterError> {
    let ask = |option: &str, name: &str| -> Option<u32> {
        let answer = Command::new("id").args([option, name]).output().ok()?;
        String::from_utf8_lossy(&answer.stdout).trim().parse().ok()
    };
    let user = |name| Some(User { uid: ask("-u", name)?, gid: ask("-g", name)? });
    user("postgres").or_else(|| user("nobody")).ok_or(ClusterError::NoUser)
}
