//! Steps that run side by side and are cheaper together: what several threads want within a moment of each other, one of
//! them does for all. Not here: what is done.

use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How long the first waits for the others of its stage, who are being started. Nothing but speed depends on it.
const MOMENT: Duration = Duration::from_millis(3);

/// Collects wishes of type `T`, each of which comes to an `R`.
pub struct Together<T, R>(Mutex<Vec<(T, Sender<R>)>>);

impl<T, R> Default for Together<T, R> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T, R> Together<T, R> {
    /// Hands in a wish and gives back what came of it; none if `work` gave nothing for it. `work` gets all that was handed
    /// in and gives an outcome for each, in their order. It is the work of any one caller: all must bring the same.
    pub fn hand_in(&self, wish: T, work: impl FnOnce(Vec<T>) -> Vec<R>) -> Option<R> {
        let (tell, outcome) = channel();
        let first = {
            let mut waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.push((wish, tell));
            waiting.len() == 1
        };
        if first {
            std::thread::sleep(MOMENT);
            let all = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
            let (wishes, tellers): (Vec<T>, Vec<Sender<R>>) = all.into_iter().unzip();
            for (outcome, teller) in work(wishes).into_iter().zip(tellers) {
                // whoever has gone does not want to know
                let _ = teller.send(outcome);
            }
        }
        outcome.recv().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// How often the work was done for eight who want something at the same time.
    fn round(together: &Together<i32, i32>) -> usize {
        let (calls, wishes, start) = (AtomicUsize::new(0), AtomicUsize::new(0), Barrier::new(8));
        std::thread::scope(|scope| {
            for number in 0..8 {
                let (calls, wishes, start) = (&calls, &wishes, &start);
                scope.spawn(move || {
                    start.wait();
                    let square = together.hand_in(number, |all: Vec<i32>| {
                        calls.fetch_add(1, Ordering::Relaxed);
                        wishes.fetch_add(all.len(), Ordering::Relaxed);
                        all.iter().map(|n| n * n).collect()
                    });
                    assert_eq!(square, Some(number * number));
                });
            }
        });
        assert_eq!(wishes.into_inner(), 8, "a wish was lost, or done twice");
        calls.into_inner()
    }

    #[test]
    fn everybody_gets_their_own_outcome_and_the_work_is_done_for_several_at_once() {
        let together = Together::default();
        // A machine that is busy may start one thread long after the other, but not every time.
        let mut rounds = (0..200).map(|_| round(&together));
        assert!(rounds.any(|calls| calls < 8), "each did their own");
        assert_eq!(together.hand_in(1, |_| vec![]), None);
    }
}
