//! Measured values and what is said of them: medians, quartiles, and how a value stands to its limit.

/// Values of one thing, in one unit.
#[derive(Clone, Default)]
pub struct Samples(Vec<f64>);

impl Samples {
    pub fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    pub fn extend(&mut self, values: impl IntoIterator<Item = f64>) {
        self.0.extend(values);
    }

    /// None of them below `least`.
    pub fn from(&self, least: f64) -> Samples {
        Samples(self.0.iter().map(|value| value.max(least)).collect())
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn median(&self) -> f64 {
        self.quantile(0.5)
    }

    pub fn most(&self) -> f64 {
        self.quantile(1.0)
    }

    /// The quartiles: half of the values are between them.
    pub fn middle_half(&self) -> (f64, f64) {
        (self.quantile(0.25), self.quantile(0.75))
    }

    /// Linear between the two nearest values; NaN without any.
    fn quantile(&self, part: f64) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let Some(last) = sorted.len().checked_sub(1) else {
            return f64::NAN;
        };
        let place = part * last as f64;
        let (below, above) = (place.floor() as usize, place.ceil() as usize);
        sorted[below] + (sorted[above] - sorted[below]) * (place - below as f64)
    }
}

/// What is wanted of a value.
#[derive(Clone, Copy)]
pub enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

impl Limit {
    /// By which part of the limit the value is on its wrong side; not above 0 when it is met.
    pub fn missed_by(self, value: f64) -> f64 {
        match self {
            Limit::AtMost(limit) => value / limit - 1.0,
            Limit::AtLeast(limit) => 1.0 - value / limit,
        }
    }
}
