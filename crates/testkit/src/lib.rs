//! What the tests of Guerdon share.

pub mod client;
pub mod contract;
pub mod gate;
pub mod postgres;
pub mod server;
pub mod simulator;

pub use client::{Answer, Client};
pub use server::{ADMIN_KEY, Company, Engine, Server};
