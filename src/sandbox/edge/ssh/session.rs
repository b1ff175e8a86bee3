//! One client: what it asks of the server, answered as sshd does.

use super::exec::{Program, Running};
use super::forward;
use super::terminal::{Size, Terminal};
use super::{Shared, auth, exec};
use russh::keys::PublicKey;
use russh::server::{
    Auth, ChannelOpenHandle, Handler, Msg, PublicKeyOffer, Response, Session, VerifiedPublicKey,
};
use russh::{Channel, ChannelId, ChannelOpenFailure, Pty, Sig};
use std::borrow::Cow;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Channels of one connection at a time (sshd's MaxSessions is 10 for sessions; forwarded connections have no bound there).
const CHANNELS: usize = 256;
/// Variables that a client may set (AcceptEnv of Debian and Ubuntu), and how many.
const VARIABLES: usize = 32;

pub struct Client {
    shared: Arc<Shared>,
    connection: u64,
    local: SocketAddr,
    peer: SocketAddr,
    authenticated: Arc<AtomicBool>,
    channels: HashMap<ChannelId, Open>,
    opened: u32,
}

/// A channel that is open: what it will run, then what runs.
#[derive(Default)]
struct Open {
    number: u32,
    bytes: u64,
    channel: Option<Channel<Msg>>,
    variables: Vec<(String, String)>,
    terminal: Option<Terminal>,
    running: Option<Running>,
}

impl Client {
    pub fn new(
        shared: Arc<Shared>,
        connection: u64,
        local: SocketAddr,
        peer: SocketAddr,
        authenticated: Arc<AtomicBool>,
    ) -> Self {
        Self {
            shared,
            connection,
            local,
            peer,
            authenticated,
            channels: HashMap::new(),
            opened: 0,
        }
    }

    fn decide(&self, accepted: bool) -> Auth {
        if self.shared.faults().cut_login {
            self.shared.cut(self.connection);
        }
        let accepted = accepted && !self.shared.faults().refuse_auth;
        if accepted {
            Auth::Accept
        } else {
            Auth::Reject {
                proceed_with_methods: self.only_questions().then(auth::without_plain_passwords),
                partial_success: false,
            }
        }
    }

    fn only_questions(&self) -> bool {
        self.shared.faults().ask_for_passwords
    }

    fn knows(&self, user: &str, key: &PublicKey) -> bool {
        self.shared
            .account
            .accepts_key(&self.shared.scratch, user, key)
    }

    fn is_full(&self) -> bool {
        self.channels.len() >= CHANNELS
    }

    fn open(&mut self, id: ChannelId, channel: Option<Channel<Msg>>) {
        self.opened += 1;
        let open = Open {
            number: self.opened,
            channel,
            ..Open::default()
        };
        self.channels.insert(id, open);
    }

    /// Starts a program on a channel that has none yet.
    fn run(
        &mut self,
        id: ChannelId,
        program: Program,
        session: &mut Session,
    ) -> Result<(), russh::Error> {
        let taken = self
            .channels
            .get_mut(&id)
            .and_then(|open| Some((open.channel.take()?, open)));
        let Some((channel, open)) = taken else {
            return session.channel_failure(id);
        };
        session.channel_success(id)?;
        let running = Running::default();
        open.running = Some(running.clone());
        let login = exec::Login {
            shared: Arc::clone(&self.shared),
            variables: std::mem::take(&mut open.variables),
            local: self.local,
            peer: self.peer,
        };
        let terminal = open.terminal.clone();
        tokio::spawn(exec::run(
            login,
            channel,
            session.handle(),
            program,
            terminal,
            running,
        ));
        Ok(())
    }

    /// Counts what a channel brings, for the fault that cuts in the middle of one.
    fn count(&mut self, id: ChannelId, bytes: usize) {
        let Some(open) = self.channels.get_mut(&id) else {
            return;
        };
        open.bytes += bytes as u64;
        let mut faults = self.shared.faults();
        if let Some(cut) = faults.cut_channel
            && cut.number == open.number
            && open.bytes >= cut.after
        {
            faults.cut_channel = None;
            drop(faults);
            self.shared.cut(self.connection);
        }
    }
}

impl Handler for Client {
    type Error = russh::Error;

    async fn auth_none(&mut self, _user: &str) -> Result<Auth, Self::Error> {
        Ok(self.decide(false))
    }

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Self::Error> {
        let accepted = self
            .shared
            .account
            .accepts_password(user, password.as_bytes());
        Ok(self.decide(accepted && !self.only_questions()))
    }

    async fn auth_publickey_offered(
        &mut self,
        user: &str,
        offer: PublicKeyOffer<'_>,
    ) -> Result<Auth, Self::Error> {
        Ok(self.decide(self.knows(user, offer.public_key)))
    }

    async fn auth_publickey(
        &mut self,
        user: &str,
        key: VerifiedPublicKey<'_>,
    ) -> Result<Auth, Self::Error> {
        Ok(self.decide(self.knows(user, key.public_key)))
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        user: &str,
        _submethods: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, Self::Error> {
        let Some(mut answers) = response else {
            return Ok(Auth::Partial {
                name: Cow::Borrowed(""),
                instructions: Cow::Borrowed(""),
                prompts: Cow::Owned(vec![("Password: ".into(), false)]),
            });
        };
        let given = answers.next();
        let accepted =
            given.is_some_and(|given| self.shared.account.accepts_password(user, &given));
        Ok(self.decide(accepted))
    }

    async fn auth_succeeded(&mut self, _session: &mut Session) -> Result<(), Self::Error> {
        self.authenticated.store(true, Ordering::Relaxed);
        Ok(())
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        if self.is_full() {
            reply.reject(ChannelOpenFailure::ResourceShortage).await;
        } else {
            self.open(channel.id(), Some(channel));
            reply.accept().await;
        }
        Ok(())
    }

    async fn channel_open_direct_tcpip(
        &mut self,
        channel: Channel<Msg>,
        host: &str,
        port: u32,
        _originator: &str,
        _originator_port: u32,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        if self.is_full() {
            reply.reject(ChannelOpenFailure::ResourceShortage).await;
            return Ok(());
        }
        let target = super::locked(&self.shared.names).find(host, port);
        let forbidden = self.shared.faults().forbid_forwarding;
        let Some(target) = target.filter(|_| !forbidden) else {
            reply.reject(forward::prohibited()).await;
            return Ok(());
        };
        self.open(channel.id(), None);
        tokio::spawn(async move {
            match forward::connect(target).await {
                Ok(stream) => {
                    reply.accept().await;
                    forward::pump(channel.into_stream(), stream).await;
                }
                Err(failure) => reply.reject(failure).await,
            }
        });
        Ok(())
    }

    async fn channel_close(
        &mut self,
        id: ChannelId,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.channels.remove(&id);
        Ok(())
    }

    async fn data(
        &mut self,
        id: ChannelId,
        data: &[u8],
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.count(id, data.len());
        Ok(())
    }

    async fn pty_request(
        &mut self,
        id: ChannelId,
        term: &str,
        columns: u32,
        rows: u32,
        _width: u32,
        _height: u32,
        modes: &[(Pty, u32)],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        let terminal = Terminal::open(Size { rows, columns }, modes);
        match (self.channels.get_mut(&id), terminal) {
            (Some(open), Ok(terminal)) => {
                open.variables.push(("TERM".into(), term.into()));
                open.terminal = Some(terminal);
                session.channel_success(id)
            }
            _ => session.channel_failure(id),
        }
    }

    async fn window_change_request(
        &mut self,
        id: ChannelId,
        columns: u32,
        rows: u32,
        _width: u32,
        _height: u32,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        if let Some(terminal) = self
            .channels
            .get(&id)
            .and_then(|open| open.terminal.as_ref())
        {
            terminal.resize(Size { rows, columns });
        }
        Ok(())
    }

    async fn env_request(
        &mut self,
        id: ChannelId,
        name: &str,
        value: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        let accepted = name == "LANG" || name.starts_with("LC_");
        match self.channels.get_mut(&id) {
            Some(open) if accepted && open.variables.len() < VARIABLES => {
                open.variables.push((name.into(), value.into()));
                session.channel_success(id)
            }
            _ => session.channel_failure(id),
        }
    }

    async fn shell_request(
        &mut self,
        id: ChannelId,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.run(id, Program::Shell, session)
    }

    async fn exec_request(
        &mut self,
        id: ChannelId,
        line: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.run(id, Program::Line(line.to_vec()), session)
    }

    async fn subsystem_request(
        &mut self,
        id: ChannelId,
        name: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        if name == "sftp" {
            self.run(id, Program::Sftp, session)
        } else {
            session.channel_failure(id)
        }
    }

    async fn signal(
        &mut self,
        id: ChannelId,
        signal: Sig,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        if let Some(running) = self
            .channels
            .get(&id)
            .and_then(|open| open.running.as_ref())
        {
            running.signal(&signal);
        }
        Ok(())
    }
}
