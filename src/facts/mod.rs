//! What is true now: each file a question and a pure parser of the answer. Partial results are allowed.
