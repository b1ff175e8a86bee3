//! The terminal: the only place that prints or prompts. Knows nothing of the product.
