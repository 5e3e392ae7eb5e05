//! Where the server listens.

use crate::failure::Failure;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use tokio::net::TcpListener;

/// A socket that listens already; calls wait there until they are answered.
#[derive(Debug)]
pub(crate) struct Listener {
    listener: TcpListener,
    address: SocketAddr,
}

/// Listens.
///
/// # Errors
/// [`Failure::Listen`] when the address is not to be had.
pub(crate) async fn bind(address: &str) -> Result<Listener, Failure> {
    let failed = |error| Failure::Listen { address: address.to_owned(), error };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr()?;
    Ok(Listener { listener, address })
}

impl Listener {
    /// The address to call from this machine.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", reachable(self.address))
    }

    pub(crate) fn into_inner(self) -> TcpListener {
        self.listener
    }
}

/// An address that one can call: the loopback for "all addresses".
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_to_call_is_shown() {
        for (listening, shown) in
            [("0.0.0.0:80", "127.0.0.1:80"), ("[::]:80", "[::1]:80"), ("10.0.0.7:8080", "10.0.0.7:8080")]
        {
            let address: SocketAddr = listening.parse().expect("address");
            assert_eq!(reachable(address).to_string(), shown);
        }
    }
}
