//! The sftp server: a program of the node that speaks on its standard input and output. It runs inside of the scratch root
//! as the user who logged in, so paths and rights are the node's without a word about them here.

use russh_sftp::protocol::{
    Attrs, Data, File as Entry, FileAttributes, Handle, Name, OpenFlags, Status, StatusCode,
    Version,
};
use std::collections::HashMap;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt, PermissionsExt, chown, symlink};
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::unix::pipe;
use tokio::sync::oneshot;

/// Open files and directories of one client.
const HANDLES: usize = 256;
/// As OpenSSH's own server: what one answer may carry.
const LARGEST_READ: usize = 256 << 10;
/// Names in one answer of a directory.
const NAMES: usize = 128;

/// Serves until standard input ends.
pub fn serve() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        // SAFETY: the two descriptors are this process's own and nobody else uses them.
        let (input, output) = unsafe { (OwnedFd::from_raw_fd(0), OwnedFd::from_raw_fd(1)) };
        let (ended, end) = oneshot::channel();
        let stream = Stdio {
            input: pipe::Receiver::from_owned_fd(input)?,
            output: pipe::Sender::from_owned_fd(output)?,
            _ended: ended,
        };
        russh_sftp::server::run(stream, Sftp::default()).await;
        // The sender is dropped with the stream.
        let _ = end.await;
        Ok(())
    })
}

struct Stdio {
    input: pipe::Receiver,
    output: pipe::Sender,
    _ended: oneshot::Sender<()>,
}

impl AsyncRead for Stdio {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context,
        buf: &mut ReadBuf,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().input).poll_read(cx, buf)
    }
}

impl AsyncWrite for Stdio {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().output).poll_write(cx, bytes)
    }
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().output).poll_flush(cx)
    }
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().output).poll_shutdown(cx)
    }
}

enum Opened {
    File(File),
    /// What is still to be told.
    Directory(Vec<Entry>),
}

#[derive(Default)]
struct Sftp {
    open: HashMap<String, Opened>,
    count: u64,
}

impl Sftp {
    fn keep(&mut self, id: u32, opened: Opened) -> Result<Handle, StatusCode> {
        if self.open.len() >= HANDLES {
            return Err(StatusCode::Failure);
        }
        self.count += 1;
        let handle = self.count.to_string();
        self.open.insert(handle.clone(), opened);
        Ok(Handle { id, handle })
    }

    fn file(&self, handle: &str) -> Result<&File, StatusCode> {
        match self.open.get(handle) {
            Some(Opened::File(file)) => Ok(file),
            _ => Err(StatusCode::Failure),
        }
    }
}

impl russh_sftp::server::Handler for Sftp {
    type Error = StatusCode;

    fn unimplemented(&self) -> StatusCode {
        StatusCode::OpUnsupported
    }

    async fn init(
        &mut self,
        _version: u32,
        _extensions: HashMap<String, String>,
    ) -> Result<Version, StatusCode> {
        Ok(Version::new())
    }

    async fn open(
        &mut self,
        id: u32,
        path: String,
        flags: OpenFlags,
        attrs: FileAttributes,
    ) -> Result<Handle, StatusCode> {
        let file = OpenOptions::new()
            .read(flags.contains(OpenFlags::READ))
            .write(flags.contains(OpenFlags::WRITE))
            .append(flags.contains(OpenFlags::APPEND))
            .truncate(flags.contains(OpenFlags::TRUNCATE))
            .create(flags.contains(OpenFlags::CREATE))
            .create_new(flags.contains(OpenFlags::CREATE) && flags.contains(OpenFlags::EXCLUDE))
            .mode(attrs.permissions.map_or(0o666, |mode| mode & 0o777))
            .open(&path)
            .map_err(code)?;
        if file.metadata().map_err(code)?.is_dir() {
            return Err(StatusCode::Failure);
        }
        self.keep(id, Opened::File(file))
    }

    async fn close(&mut self, id: u32, handle: String) -> Result<Status, StatusCode> {
        self.open
            .remove(&handle)
            .map(|_| done(id))
            .ok_or(StatusCode::Failure)
    }

    async fn read(
        &mut self,
        id: u32,
        handle: String,
        offset: u64,
        len: u32,
    ) -> Result<Data, StatusCode> {
        let mut data = vec![0; (len as usize).min(LARGEST_READ)];
        let count = self
            .file(&handle)?
            .read_at(&mut data, offset)
            .map_err(code)?;
        if count == 0 && !data.is_empty() {
            return Err(StatusCode::Eof);
        }
        data.truncate(count);
        Ok(Data { id, data })
    }

    async fn write(
        &mut self,
        id: u32,
        handle: String,
        offset: u64,
        data: Vec<u8>,
    ) -> Result<Status, StatusCode> {
        self.file(&handle)?
            .write_all_at(&data, offset)
            .map_err(code)?;
        Ok(done(id))
    }

    async fn stat(&mut self, id: u32, path: String) -> Result<Attrs, StatusCode> {
        attributes(id, &fs::metadata(path).map_err(code)?)
    }

    async fn lstat(&mut self, id: u32, path: String) -> Result<Attrs, StatusCode> {
        attributes(id, &fs::symlink_metadata(path).map_err(code)?)
    }

    async fn fstat(&mut self, id: u32, handle: String) -> Result<Attrs, StatusCode> {
        attributes(id, &self.file(&handle)?.metadata().map_err(code)?)
    }

    async fn setstat(
        &mut self,
        id: u32,
        path: String,
        attrs: FileAttributes,
    ) -> Result<Status, StatusCode> {
        if let Some(size) = attrs.size {
            let file = OpenOptions::new().write(true).open(&path).map_err(code)?;
            file.set_len(size).map_err(code)?;
        }
        if let Some(mode) = attrs.permissions {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode & 0o7777)).map_err(code)?;
        }
        if let Some(times) = times(&attrs) {
            File::open(&path)
                .and_then(|file| file.set_times(times))
                .map_err(code)?;
        }
        if attrs.uid.is_some() || attrs.gid.is_some() {
            chown(&path, attrs.uid, attrs.gid).map_err(code)?;
        }
        Ok(done(id))
    }

    async fn fsetstat(
        &mut self,
        id: u32,
        handle: String,
        attrs: FileAttributes,
    ) -> Result<Status, StatusCode> {
        let file = self.file(&handle)?;
        if let Some(size) = attrs.size {
            file.set_len(size).map_err(code)?;
        }
        if let Some(mode) = attrs.permissions {
            let mode = fs::Permissions::from_mode(mode & 0o7777);
            file.set_permissions(mode).map_err(code)?;
        }
        if let Some(times) = times(&attrs) {
            file.set_times(times).map_err(code)?;
        }
        if attrs.uid.is_some() || attrs.gid.is_some() {
            std::os::unix::fs::fchown(file, attrs.uid, attrs.gid).map_err(code)?;
        }
        Ok(done(id))
    }

    async fn opendir(&mut self, id: u32, path: String) -> Result<Handle, StatusCode> {
        let mut entries: Vec<Entry> = fs::read_dir(&path)
            .map_err(code)?
            .flatten()
            .filter_map(|entry| {
                let name = entry.file_name().to_string_lossy().into_owned();
                Some(Entry::new(name, attributes_of(&entry.metadata().ok()?)))
            })
            .collect();
        for (dots, place) in [(".", path.clone()), ("..", format!("{path}/.."))] {
            if let Ok(found) = fs::metadata(place) {
                entries.push(Entry::new(dots, attributes_of(&found)));
            }
        }
        self.keep(id, Opened::Directory(entries))
    }

    async fn readdir(&mut self, id: u32, handle: String) -> Result<Name, StatusCode> {
        match self.open.get_mut(&handle) {
            Some(Opened::Directory(entries)) if entries.is_empty() => Err(StatusCode::Eof),
            Some(Opened::Directory(entries)) => {
                let rest = entries.len().saturating_sub(NAMES);
                let files = entries.split_off(rest);
                Ok(Name { id, files })
            }
            _ => Err(StatusCode::Failure),
        }
    }

    async fn remove(&mut self, id: u32, path: String) -> Result<Status, StatusCode> {
        fs::remove_file(path).map_err(code)?;
        Ok(done(id))
    }

    async fn mkdir(
        &mut self,
        id: u32,
        path: String,
        attrs: FileAttributes,
    ) -> Result<Status, StatusCode> {
        fs::create_dir(&path).map_err(code)?;
        if let Some(mode) = attrs.permissions {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode & 0o7777)).map_err(code)?;
        }
        Ok(done(id))
    }

    async fn rmdir(&mut self, id: u32, path: String) -> Result<Status, StatusCode> {
        fs::remove_dir(path).map_err(code)?;
        Ok(done(id))
    }

    async fn rename(&mut self, id: u32, old: String, new: String) -> Result<Status, StatusCode> {
        // Version 3 of the protocol: what is there is not replaced.
        if fs::symlink_metadata(&new).is_ok() {
            return Err(StatusCode::Failure);
        }
        fs::rename(old, new).map_err(code)?;
        Ok(done(id))
    }

    async fn realpath(&mut self, id: u32, path: String) -> Result<Name, StatusCode> {
        let path = if path.is_empty() {
            ".".to_owned()
        } else {
            path
        };
        let real = match fs::canonicalize(&path) {
            Ok(real) => real,
            // The last part need not exist: clients ask so before they write.
            Err(_) => std::path::absolute(Path::new(&path)).map_err(code)?,
        };
        let files = vec![Entry::dummy(real.to_string_lossy())];
        Ok(Name { id, files })
    }

    async fn readlink(&mut self, id: u32, path: String) -> Result<Name, StatusCode> {
        let target = fs::read_link(path).map_err(code)?;
        let files = vec![Entry::dummy(target.to_string_lossy())];
        Ok(Name { id, files })
    }

    async fn symlink(
        &mut self,
        id: u32,
        link: String,
        target: String,
    ) -> Result<Status, StatusCode> {
        // OpenSSH's client and server have had the two in the other order from the beginning.
        symlink(link, target).map_err(code)?;
        Ok(done(id))
    }
}

fn done(id: u32) -> Status {
    Status {
        id,
        status_code: StatusCode::Ok,
        error_message: "Success".into(),
        language_tag: String::new(),
    }
}

fn code(error: io::Error) -> StatusCode {
    match error.kind() {
        io::ErrorKind::NotFound => StatusCode::NoSuchFile,
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            StatusCode::PermissionDenied
        }
        _ => StatusCode::Failure,
    }
}

fn attributes(id: u32, found: &Metadata) -> Result<Attrs, StatusCode> {
    let attrs = attributes_of(found);
    Ok(Attrs { id, attrs })
}

fn attributes_of(found: &Metadata) -> FileAttributes {
    FileAttributes {
        size: Some(found.len()),
        uid: Some(found.uid()),
        user: None,
        gid: Some(found.gid()),
        group: None,
        permissions: Some(found.mode()),
        atime: u32::try_from(found.atime()).ok(),
        mtime: u32::try_from(found.mtime()).ok(),
    }
}

fn times(attrs: &FileAttributes) -> Option<fs::FileTimes> {
    let at = |seconds: u32| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.into());
    let (accessed, modified) = (attrs.atime?, attrs.mtime?);
    Some(
        fs::FileTimes::new()
            .set_accessed(at(accessed))
            .set_modified(at(modified)),
    )
}
