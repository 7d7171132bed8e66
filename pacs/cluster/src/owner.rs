//! Whom the cluster runs as: PostgreSQL refuses root.

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::ClusterError;

/// The user and group that own the cluster's files and processes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owner {
    uid: u32,
    gid: u32,
    /// Whether that is somebody else than this process.
    other: bool,
}

impl Owner {
    /// This process's user, or `postgres` when this process is root.
    pub fn find() -> Result<Self, ClusterError> {
        // SAFETY: both calls take nothing and cannot fail.
        let (uid, gid) = unsafe { (libc::geteuid(), libc::getegid()) };
        if uid != 0 {
            return Ok(Self { uid, gid, other: false });
        }
        let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        passwd.lines().find_map(postgres_in).ok_or(ClusterError::NoUser)
    }

    /// Makes `folder` and gives it to the owner, closed to all others.
    pub fn make_folder(&self, folder: &Path) -> Result<(), ClusterError> {
        let failed = |what| ClusterError::folder(what, folder);
        std::fs::create_dir_all(folder).map_err(failed("make"))?;
        if self.other {
            chown(folder, Some(self.uid), Some(self.gid)).map_err(failed("give to postgres"))?;
        }
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).map_err(failed("close"))
    }

    /// Every folder above must let the owner through.
    pub fn check_reach(&self, folder: &Path) -> Result<(), ClusterError> {
        if !self.other {
            return Ok(());
        }
        for above in folder.ancestors().skip(1) {
            let metadata = std::fs::metadata(above).map_err(ClusterError::folder("look at", above))?;
            let bit = match () {
                () if metadata.uid() == self.uid => 0o100,
                () if metadata.gid() == self.gid => 0o010,
                () => 0o001,
            };
            if metadata.mode() & bit == 0 {
                return Err(ClusterError::NotTraversable(above.to_owned()));
            }
        }
        Ok(())
    }

    /// The folder that a process works in; `None` when there is no such process, or it is not the owner's.
    pub fn working_folder(&self, pid: i32) -> Option<PathBuf> {
        let link = PathBuf::from(format!("/proc/{pid}/cwd"));
        match std::fs::read_link(&link) {
            // In a container, root may not look at what others run, but it may become one of them.
            Err(error) if self.other && error.kind() == std::io::ErrorKind::PermissionDenied => {
                let output = self.command(Path::new("readlink")).arg(&link).output().ok()?;
                let path = String::from_utf8(output.stdout).ok()?;
                output.status.success().then(|| PathBuf::from(path.trim_end_matches('\n')))
            }
            folder => folder.ok(),
        }
    }

    /// A command that will run as the owner.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir("/");
        if self.other {
            command.gid(self.gid).uid(self.uid);
        }
        command
    }
}

fn postgres_in(line: &str) -> Option<Owner> {
    let mut fields = line.split(':');
    (fields.next()? == "postgres").then_some(())?;
    let uid = fields.nth(1)?.parse().ok()?;
    let gid = fields.next()?.parse().ok()?;
    Some(Owner { uid, gid, other: true })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_user_postgres_from_a_line_of_passwd() {
        let owner =
            postgres_in("postgres:x:107:113:PostgreSQL administrator:/var/lib/postgresql:/bin/bash").expect("owner");
        assert_eq!((owner.uid, owner.gid), (107, 113));
        assert!(postgres_in("root:x:0:0:root:/root:/bin/bash").is_none());
        assert!(postgres_in("postgres").is_none());
    }
}
