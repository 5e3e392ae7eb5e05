//! Who gets in and who does not, on both databases.

mod bootstrap;
mod keys;
mod sessions;
mod signing;
mod support;
mod tokens;
