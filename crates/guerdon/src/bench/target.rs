//! Where the load goes.

use super::BenchError;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};

/// A server to call: its resolved address, and its name for the `Host` header.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    address: SocketAddr,
    host: String,
}

impl Target {
    /// Reads `http://host[:port]` and resolves it.
    pub(crate) fn parse(url: &str) -> Result<Self, BenchError> {
        let bad = || BenchError::Url(url.to_owned());
        let host = url.strip_prefix("http://").ok_or_else(bad)?.trim_end_matches('/');
        if host.is_empty() || host.contains(['/', '?', '#', '@', ' ']) {
            return Err(bad());
        }
        let has_port = host.rsplit(':').next().is_some_and(|port| port.parse::<u16>().is_ok());
        let named = if has_port { host.to_owned() } else { format!("{host}:80") };
        let address = named.to_socket_addrs().map_err(|_| bad())?.next().ok_or_else(bad)?;
        Ok(Self { address, host: host.to_owned() })
    }

    /// The value of the `Host` header.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// Opens a blocking connection that sends small writes at once.
    pub(crate) fn connect(&self) -> Result<TcpStream, BenchError> {
        let stream = TcpStream::connect(self.address)
            .map_err(|source| BenchError::Connect { address: self.host.clone(), source })?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }
}
