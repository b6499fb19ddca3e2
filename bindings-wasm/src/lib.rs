//! Bindings of the core.
