//! Why a worker did not answer, and how its texts are made fit to be shown.

/// Texts of the worker are stripped of control characters and of keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// Nobody listens: the worker is not started, not ready yet, or gone.
    #[error("cannot reach the Connect worker: {cause}")]
    Unreachable { cause: String },
    #[error("the Connect worker did not answer within {seconds} s")]
    TimedOut { seconds: u64 },
    /// Something else listens on that port.
    #[error("what answers ({status}) is not a Connect worker: {looks_like}")]
    NotConnect { status: u16, looks_like: String },
    /// 409: it is being restarted or tasks are being moved. Soon over.
    #[error("the Connect worker is busy: {message}")]
    Busy { message: String },
    #[error("the Connect worker answered {status}: {message}")]
    Refused { status: u16, message: String },
    /// The private socket could not be made.
    #[error("cannot make a private socket: {cause}")]
    Socket { cause: String },
}

/// One line.
pub(super) fn plain(text: &str) -> String {
    redact(&crate::text::plain(text))
}

/// Several lines, as a stack trace has them.
pub(super) fn plain_lines(text: &str) -> String {
    let keep = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    redact(&text.chars().filter(keep).collect::<String>())
}

/// A connector that was given a whole connection string where it wants an endpoint throws it back, key and all.
fn redact(text: &str) -> String {
    const MARKS: [&str; 3] = ["SharedAccessKey=", "SharedAccessSignature=", "sig="];
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((at, mark)) = MARKS
        .iter()
        .filter_map(|mark| Some((rest.find(mark)?, *mark)))
        .min()
    {
        let secret = at + mark.len();
        out.push_str(&rest[..secret]);
        out.push('…');
        let ends =
            |c: char| c.is_whitespace() || matches!(c, ';' | '&' | ',' | '"' | '\'' | ')' | '}');
        rest = rest[secret..]
            .find(ends)
            .map_or("", |end| &rest[secret + end..]);
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_do_not_come_through() {
        let text = "java.net.URISyntaxException: Endpoint=sb://x/;SharedAccessKeyName=service;SharedAccessKey=canary+/==;EntityPath=h\n\tat x\u{1b}[2J";
        assert_eq!(
            plain_lines(text),
            "java.net.URISyntaxException: Endpoint=sb://x/;SharedAccessKeyName=service;SharedAccessKey=…;EntityPath=h\n\tat x[2J"
        );
        assert_eq!(plain("SharedAccessKey=canary"), "SharedAccessKey=…");
        assert_eq!(
            plain("a sr=x&sig=canary%3D&se=1\r\nb"),
            "a sr=x&sig=…&se=1b"
        );
        assert_eq!(plain("nothing"), "nothing");
    }
}
