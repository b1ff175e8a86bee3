//! The thread that traces one tree of processes: it starts the first, follows all that come of it, and ends when the
//! last of them has ended. Everything ptrace belongs to this thread; nobody else may wait for these processes.

use super::Scratch;
use super::arch;
use super::calls::{Argument, Context, Instead, Outcome, Person};
use super::child::Ending;
use super::identity::{Attributes, Identity};
use super::launch::{Launch, Launched, ROOM, launch};
use super::sys::{Answer, last_error};
use super::tracee::{self, Resume};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, Read, Write};
use std::rc::Rc;
use std::sync::{Arc, mpsc};

const OPTIONS: i32 = libc::PTRACE_O_EXITKILL
    | libc::PTRACE_O_TRACESYSGOOD
    | libc::PTRACE_O_TRACECLONE
    | libc::PTRACE_O_TRACEFORK
    | libc::PTRACE_O_TRACEVFORK
    | libc::PTRACE_O_TRACEEXEC
    | libc::PTRACE_O_TRACESECCOMP;

/// Pieces of an address space that no thread uses now.
type Spare = Rc<RefCell<Vec<u64>>>;

struct Task {
    /// Its process.
    pid: i32,
    spare: Spare,
    /// [`ROOM`] bytes for arguments that the tracer gives it, mapped when they are first needed.
    room: Option<u64>,
    next_identity: Option<Identity>,
    pending: Pending,
    /// What the process does once it has room, at this place in its program.
    prepared: Option<((u64, u64), i64, Instead)>,
}

/// What the end of a system call means.
enum Pending {
    Nothing,
    /// Its own call was put off: room had to be made first.
    Room(arch::Regs),
    /// It has made a file.
    Makes(Vec<u8>, Attributes),
}

pub struct Tracer {
    scratch: Arc<Scratch>,
    tasks: HashMap<i32, Task>,
    people: HashMap<i32, Person>,
    /// Stopped before their parent's event told of them.
    early: HashSet<i32>,
    first: i32,
    ending: Arc<Ending>,
}

/// Starts the first process and traces until the last has ended. `started` hears once whether the program runs.
pub fn trace(
    scratch: Arc<Scratch>,
    launch: Launch,
    person: Person,
    ending: Arc<Ending>,
    started: &mpsc::Sender<io::Result<i32>>,
) {
    let (pid, failure, room) = match begin(launch) {
        Ok(begun) => begun,
        Err(error) => {
            // The other side waits for this; if it is gone there is nobody to tell.
            let _ = started.send(Err(error));
            return;
        }
    };
    scratch.processes.set(pid, person.public());
    let mut tracer = Tracer {
        scratch,
        tasks: HashMap::new(),
        people: HashMap::from([(pid, person)]),
        early: HashSet::new(),
        first: pid,
        ending,
    };
    tracer
        .tasks
        .insert(pid, Task::new(pid, Spare::default(), Some(room)));
    let mut waiting = Some((failure, started));
    while let Some((tid, status)) = wait() {
        let execed = status >> 8 == libc::SIGTRAP | (libc::PTRACE_EVENT_EXEC << 8);
        let over = tid == pid && (libc::WIFEXITED(status) || libc::WIFSIGNALED(status));
        tracer.event(tid, status);
        if (execed || over)
            && let Some((failure, started)) = waiting.take()
        {
            let _ = started.send(outcome(failure, pid, execed));
        }
    }
}

fn begin(start: Launch) -> io::Result<(i32, File, u64)> {
    let Launched {
        pid,
        go,
        failure,
        room,
    } = launch(start)?;
    // SAFETY: no memory is involved; the child does nothing until it is told.
    if unsafe { libc::ptrace(libc::PTRACE_SEIZE, pid, 0, OPTIONS as libc::c_long) } != 0 {
        let error = io::Error::last_os_error();
        // SAFETY: the child is ours and nobody has waited for it.
        unsafe {
            libc::kill(pid, libc::SIGKILL);
            libc::waitpid(pid, std::ptr::null_mut(), 0);
        }
        return Err(error);
    }
    File::from(go).write_all(b"!")?;
    Ok((pid, File::from(failure), room))
}

/// Whether the program runs; if not, the child says why.
fn outcome(mut failure: File, pid: i32, execed: bool) -> io::Result<i32> {
    if execed {
        return Ok(pid);
    }
    let mut errno = [0; 4];
    match failure.read_exact(&mut errno) {
        Ok(()) => Err(io::Error::from_raw_os_error(i32::from_ne_bytes(errno))),
        Err(_) => Err(io::Error::other(
            "the process was killed before its program began",
        )),
    }
}

/// The next report of a process of this thread; `None` when there is none left.
fn wait() -> Option<(i32, i32)> {
    loop {
        let mut status = 0;
        // SAFETY: the status is written to a local.
        let tid = unsafe { libc::waitpid(-1, &mut status, libc::__WALL | libc::__WNOTHREAD) };
        if tid > 0 {
            return Some((tid, status));
        }
        if last_error() != libc::EINTR {
            return None;
        }
    }
}

impl Task {
    fn new(pid: i32, spare: Spare, room: Option<u64>) -> Self {
        Self {
            pid,
            spare,
            room,
            next_identity: None,
            pending: Pending::Nothing,
            prepared: None,
        }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        if let Some(room) = self.room.take() {
            self.spare.borrow_mut().push(room);
        }
    }
}

impl Tracer {
    fn event(&mut self, tid: i32, status: i32) {
        if libc::WIFEXITED(status) || libc::WIFSIGNALED(status) {
            self.ended(tid, status);
            return;
        }
        if !libc::WIFSTOPPED(status) {
            return;
        }
        let signal = libc::WSTOPSIG(status);
        let event = status >> 16;
        if !self.tasks.contains_key(&tid) {
            // Its parent's event comes later; it waits.
            self.early.insert(tid);
            return;
        }
        let (how, signal) = match event {
            libc::PTRACE_EVENT_SECCOMP => (self.call(tid), 0),
            libc::PTRACE_EVENT_FORK | libc::PTRACE_EVENT_VFORK | libc::PTRACE_EVENT_CLONE => {
                self.born(tid, event);
                (self.usual(tid), 0)
            }
            libc::PTRACE_EVENT_EXEC => {
                self.executed(tid);
                (Resume::Run, 0)
            }
            libc::PTRACE_EVENT_STOP => match signal {
                libc::SIGSTOP | libc::SIGTSTP | libc::SIGTTIN | libc::SIGTTOU => {
                    (Resume::Listen, 0)
                }
                _ => (self.usual(tid), 0),
            },
            _ if signal == libc::SIGTRAP | 0x80 => (self.call_ended(tid), 0),
            _ => (self.usual(tid), signal),
        };
        tracee::resume(tid, how, signal);
    }

    /// How it goes on when something came between: the end of its call may still be awaited.
    fn usual(&self, tid: i32) -> Resume {
        match self.tasks.get(&tid).map(|task| &task.pending) {
            Some(Pending::Room(_) | Pending::Makes(..)) => Resume::UntilExit,
            _ => Resume::Run,
        }
    }

    fn ended(&mut self, tid: i32, status: i32) {
        self.early.remove(&tid);
        let Some(task) = self.tasks.remove(&tid) else {
            return;
        };
        if task.pid == tid {
            self.people.remove(&tid);
            self.scratch.processes.remove(tid);
            if tid == self.first {
                self.ending.set(status);
            }
        }
    }

    /// A new process or thread. Its own first stop may have been seen already.
    fn born(&mut self, parent: i32, event: i32) {
        let (Ok(child), Some(task)) = (tracee::event_message(parent), self.tasks.get(&parent))
        else {
            return;
        };
        let flags = match event {
            libc::PTRACE_EVENT_FORK => 0,
            // `clone` has its flags in the first argument everywhere; `vfork` has none.
            _ => tracee::registers(parent).map_or(0, |regs| {
                if arch::number(&regs) == libc::SYS_clone {
                    arch::arguments(&regs)[0] as i32
                } else {
                    libc::CLONE_VM
                }
            }),
        };
        let spare = if flags & libc::CLONE_VM != 0 {
            Rc::clone(&task.spare)
        } else {
            Rc::new(RefCell::new(task.spare.borrow().clone()))
        };
        // A copy of the address space has a copy of the room.
        let room = task.room.filter(|_| flags & libc::CLONE_VM == 0);
        let process = if flags & libc::CLONE_THREAD != 0 {
            task.pid
        } else {
            if let Some(person) = self.people.get(&task.pid).cloned() {
                self.scratch.processes.set(child, person.public());
                self.people.insert(child, person);
            }
            child
        };
        self.tasks.insert(child, Task::new(process, spare, room));
        if self.early.remove(&child) {
            tracee::resume(child, Resume::Run, 0);
        }
    }

    /// A new program: nothing of the old address space is left, and other threads neither.
    fn executed(&mut self, tid: i32) {
        let before = tracee::event_message(tid).unwrap_or(tid);
        let Some(mut task) = self.tasks.remove(&before) else {
            return;
        };
        let next = task.next_identity.take();
        drop(task);
        let pid = tid;
        self.tasks
            .insert(pid, Task::new(pid, Spare::default(), None));
        if let (Some(next), Some(person)) = (next, self.people.get_mut(&pid)) {
            person.identity = next;
            self.scratch.processes.set(pid, person.public());
        }
    }

    /// A traced system call is about to be made.
    fn call(&mut self, tid: i32) -> Resume {
        self.try_call(tid).unwrap_or(Resume::Run)
    }

    fn try_call(&mut self, tid: i32) -> Answer<Resume> {
        let mut regs = tracee::registers(tid)?;
        let number = arch::number(&regs);
        let task = self.tasks.get_mut(&tid).ok_or(libc::ESRCH)?;
        if let Some((place, _, instead)) = task
            .prepared
            .take_if(|(place, which, _)| *place == arch::instruction(&regs) && *which == number)
            && task.room.is_some()
        {
            let _ = place;
            return self.replace(tid, regs, instead);
        }
        let Some(call) = arch::decode(number, arch::arguments(&regs)) else {
            return Ok(Resume::Run);
        };
        task.next_identity = None;
        let person = self.people.get_mut(&task.pid).ok_or(libc::ESRCH)?;
        let mut context = Context {
            scratch: &self.scratch,
            tid,
            pid: task.pid,
            person,
            next_identity: &mut task.next_identity,
        };
        match context.handle(call) {
            Outcome::Pass => Ok(Resume::Run),
            Outcome::Answer(value) => {
                arch::answer(&mut regs, value);
                tracee::set_registers(tid, &regs)?;
                Ok(Resume::Run)
            }
            Outcome::Instead(instead) => self.replace(tid, regs, instead),
        }
    }

    /// Lets the process make another call. Without room for the arguments it first makes some, and comes back.
    fn replace(&mut self, tid: i32, mut regs: arch::Regs, instead: Instead) -> Answer<Resume> {
        let task = self.tasks.get_mut(&tid).ok_or(libc::ESRCH)?;
        if task.room.is_none() {
            task.room = task.spare.borrow_mut().pop();
        }
        let Some(room) = task.room else {
            task.prepared = Some((arch::instruction(&regs), arch::number(&regs), instead));
            task.pending = Pending::Room(regs);
            let (protection, kind) = (
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            );
            let arguments = [0, ROOM as u64, protection as u64, kind as u64, u64::MAX, 0];
            arch::set_call(&mut regs, libc::SYS_mmap, arguments);
            tracee::set_registers(tid, &regs)?;
            return Ok(Resume::UntilExit);
        };
        match placed(tid, room, &instead) {
            Ok(arguments) => arch::set_call(&mut regs, instead.number, arguments),
            Err(errno) => arch::answer(&mut regs, -i64::from(errno)),
        }
        tracee::set_registers(tid, &regs)?;
        Ok(match instead.makes {
            Some((host, attributes)) => {
                task.pending = Pending::Makes(host, attributes);
                Resume::UntilExit
            }
            None => Resume::Run,
        })
    }

    fn call_ended(&mut self, tid: i32) -> Resume {
        let Some(task) = self.tasks.get_mut(&tid) else {
            return Resume::Run;
        };
        let Ok(mut regs) = tracee::registers(tid) else {
            return Resume::Run;
        };
        let result = arch::result(&regs);
        match std::mem::replace(&mut task.pending, Pending::Nothing) {
            Pending::Nothing => {}
            Pending::Makes(host, attributes) => {
                if result == 0
                    && let Ok(meta) = super::sys::meta(&host, false)
                {
                    self.scratch.owners.set(&meta, attributes);
                }
            }
            Pending::Room(before) => {
                regs = before;
                if (-4095..0).contains(&result) {
                    task.prepared = None;
                    arch::answer(&mut regs, -i64::from(libc::ENOMEM));
                } else {
                    task.room = Some(result as u64);
                    arch::again(&mut regs);
                }
                // Killed meanwhile: its end is reported.
                let _ = tracee::set_registers(tid, &regs);
            }
        }
        Resume::Run
    }
}

/// Writes the block into the process's room and says what the arguments are.
fn placed(tid: i32, room: u64, instead: &Instead) -> Answer<[u64; 6]> {
    if instead.block.len() > ROOM {
        return Err(libc::E2BIG);
    }
    let mut block = instead.block.clone();
    for (at, to) in &instead.pointers {
        let address = room + *to as u64;
        if let Some(place) = block.get_mut(*at..at + 8) {
            place.copy_from_slice(&address.to_ne_bytes());
        }
    }
    tracee::write(tid, room, &block)?;
    Ok(instead.arguments.map(|argument| match argument {
        Argument::Value(value) => value,
        Argument::Block(offset) => room + offset as u64,
    }))
}
