//! Who calls, and what they may do.

mod api_keys;
mod authenticate;
mod bootstrap;
mod error;
mod passwords;
mod principal;
mod secret;
mod sessions;
mod tokens;

pub use api_keys::{CreateApiKey, MAX_SCOPES, RevokeApiKey, RotateApiKey};
pub use authenticate::Access;
pub use bootstrap::{BootstrapError, ensure_platform_admin};
pub use error::{AccessError, TokenFault};
pub use jsonwebtoken::Algorithm;
pub use passwords::{MAX_PASSWORD, MIN_PASSWORD, NewPassword, PasswordError, SetPassword};
pub use principal::{Area, Principal};
pub use secret::{Secret, new_secret, secret_hash};
pub use sessions::{LoginError, SESSION_HOURS, Session};
pub use tokens::{IssuerConfig, IssuerError};
