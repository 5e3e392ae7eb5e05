//! Every statement of the crate by name, so that a test can prepare each on both databases, and find those that are not
//! listed. A module with SQL ends in `statements::list! { … }`.

use crate::driver::{Dialect, Lookup, Write, numbered};

/// A statement, in whichever of its forms it is written.
#[derive(Debug, Clone, Copy)]
pub enum Sql {
    /// The same text on both databases.
    Portable(&'static str),
    /// A statement that one of the databases alone is asked.
    Only(Dialect, &'static str),
    /// A look-up of many rows by key.
    Lookup(&'static Lookup),
    /// A write of many rows.
    Write(&'static Write),
}

impl Sql {
    /// The text that a database is given; `None` where the statement is not for it.
    pub fn text(&self, dialect: Dialect) -> Option<String> {
        match (self, dialect) {
            (Self::Portable(sql), Dialect::Sqlite) => Some(numbered(sql)),
            (Self::Portable(sql), Dialect::Postgres) => Some((*sql).to_owned()),
            (Self::Only(only, sql), dialect) => (*only == dialect).then(|| (*sql).to_owned()),
            (Self::Lookup(lookup), Dialect::Sqlite) => Some(numbered(lookup.sqlite)),
            (Self::Lookup(lookup), Dialect::Postgres) => Some(lookup.postgres.to_owned()),
            (Self::Write(write), Dialect::Sqlite) => Some(write.sqlite()),
            (Self::Write(write), Dialect::Postgres) => Some(write.postgres()),
        }
    }
}

impl From<&&'static str> for Sql {
    fn from(sql: &&'static str) -> Self {
        Self::Portable(sql)
    }
}

impl From<&'static Lookup> for Sql {
    fn from(lookup: &'static Lookup) -> Self {
        Self::Lookup(lookup)
    }
}

impl From<&'static Write> for Sql {
    fn from(write: &'static Write) -> Self {
        Self::Write(write)
    }
}

/// Lists the statements of a module by the names of their constants; after `sqlite:` and `postgres:` those that one
/// database alone is asked.
macro_rules! list {
    ($($name:ident),* $(,)? $(; sqlite: $($sqlite:ident),+)? $(; postgres: $($postgres:ident),+)? $(;)?) => {
        /// The statements of this module by name.
        pub(crate) fn statements() -> Vec<(&'static str, $crate::statements::Sql)> {
            use $crate::statements::Sql;
            vec![
                $((stringify!($name), Sql::from(&$name)),)*
                $($((stringify!($sqlite), Sql::Only($crate::driver::Dialect::Sqlite, $sqlite)),)+)?
                $($((stringify!($postgres), Sql::Only($crate::driver::Dialect::Postgres, $postgres)),)+)?
            ]
        }
    };
}
pub(crate) use list;

/// All statements of the crate, each with the name of its constant.
pub fn statements() -> Vec<(&'static str, Sql)> {
    [
        crate::budgets::statements(),
        crate::derived::statements(),
        crate::directory::statements(),
        crate::jobs::statements(),
        crate::journal::statements(),
        crate::migrate::statements(),
        crate::projection::statements(),
        crate::read::statements(),
        crate::rebuild::statements(),
        crate::records::statements(),
        crate::verify::statements(),
    ]
    .concat()
}
