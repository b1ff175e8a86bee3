//! How the broker misbehaves when told to. Here: the description of a fault, and which one a request meets.

use std::time::Duration;

use kafka_protocol::error::ResponseError;
use kafka_protocol::messages::ApiKey;

/// Misbehaviour for the requests of one kind. Without any of these set the answer is untouched.
#[derive(Clone, Debug, Default)]
pub struct Fault {
    /// Wait this long before anything else.
    pub delay: Duration,
    /// Do nothing of what is asked and answer with this code wherever the answer has a place for one.
    pub error: Option<ResponseError>,
    /// Close the connection instead of doing what is asked.
    pub hang_up: bool,
    /// Do what is asked, send only this many bytes of the answer (its length of four bytes included), then close the
    /// connection. 0: done, and the answer lost.
    pub cut_at: Option<usize>,
    /// Send answers no faster than this many bytes a second.
    pub bytes_per_second: Option<usize>,
    /// How many requests it is for; after that it is gone. `None`: until it is cleared.
    pub times: Option<u32>,
}

impl Fault {
    pub fn error(code: ResponseError) -> Self {
        Self {
            error: Some(code),
            ..Self::default()
        }
    }

    pub fn delay(delay: Duration) -> Self {
        Self {
            delay,
            ..Self::default()
        }
    }

    pub fn hang_up() -> Self {
        Self {
            hang_up: true,
            ..Self::default()
        }
    }

    pub fn cut_at(bytes: usize) -> Self {
        Self {
            cut_at: Some(bytes),
            ..Self::default()
        }
    }

    pub fn slow(bytes_per_second: usize) -> Self {
        Self {
            bytes_per_second: Some(bytes_per_second),
            ..Self::default()
        }
    }

    /// The same fault for so many requests only.
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }
}

/// The faults that are set. `None` stands for every kind of request.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<(Option<ApiKey>, Fault)>);

impl Faults {
    /// In the place of what was set for this kind before.
    pub fn set(&mut self, api: Option<ApiKey>, fault: Fault) {
        self.0.retain(|(known, _)| *known != api);
        self.0.push((api, fault));
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// What is set for this kind of request, else what is set for every kind; counts it as used.
    pub fn take(&mut self, api: ApiKey) -> Fault {
        let fits = |(known, fault): &&mut (Option<ApiKey>, Fault)| {
            known.is_none_or(|known| known == api) && fault.times != Some(0)
        };
        let found = self
            .0
            .iter_mut()
            .filter(fits)
            .max_by_key(|(known, _)| known.is_some());
        let Some((_, fault)) = found else {
            return Fault::default();
        };
        if let Some(left) = &mut fault.times {
            *left -= 1;
        }
        fault.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_fault_is_met_until_it_is_used_up() {
        let mut faults = Faults::default();
        faults.set(None, Fault::delay(Duration::from_millis(5)));
        faults.set(Some(ApiKey::Fetch), Fault::hang_up().times(1));
        assert!(!faults.take(ApiKey::Produce).hang_up);
        assert!(faults.take(ApiKey::Fetch).hang_up);
        assert_eq!(faults.take(ApiKey::Fetch).delay, Duration::from_millis(5));
        faults.clear();
        assert_eq!(faults.take(ApiKey::Fetch).delay, Duration::ZERO);
    }
}
