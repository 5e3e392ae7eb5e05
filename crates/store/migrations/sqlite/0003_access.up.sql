-- Which slug is which tenant: read before the tenant is known.
CREATE TABLE tenant_directory (
    slug      TEXT NOT NULL PRIMARY KEY,
    tenant_id TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE tenants (
    tenant_id  TEXT NOT NULL PRIMARY KEY,
    slug       TEXT NOT NULL,
    name       TEXT NOT NULL,
    time_zone  TEXT NOT NULL,
    status     TEXT NOT NULL CHECK (status = 'active' OR status = 'suspended' OR status = 'closed'),
    settings   TEXT NOT NULL,
    version    INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE members (
    tenant_id  TEXT NOT NULL,
    member_id  TEXT NOT NULL,
    name       TEXT,
    email      TEXT,
    role       TEXT NOT NULL,
    team       TEXT,
    department TEXT,
    status     TEXT NOT NULL CHECK (status IN ('active', 'inactive')),
    version    INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, member_id)
) STRICT;

CREATE TABLE api_keys (
    tenant_id   TEXT NOT NULL,
    key_id      TEXT NOT NULL,
    name        TEXT NOT NULL,
    role        TEXT NOT NULL,
    member_id   TEXT,
    scopes      TEXT NOT NULL,
    secret_hash TEXT NOT NULL CHECK (length(secret_hash) = 64),
    status      TEXT NOT NULL CHECK (status IN ('active', 'revoked')),
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER,
    version     INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, key_id),
    UNIQUE (tenant_id, secret_hash)
) STRICT;

-- Configuration documents, every version of each.
CREATE TABLE documents (
    tenant_id   TEXT NOT NULL,
    kind        TEXT NOT NULL,
    document_id TEXT NOT NULL,
    version     INTEGER NOT NULL CHECK (version >= 1),
    body        TEXT NOT NULL,
    removed     INTEGER NOT NULL CHECK (removed IN (0, 1)),
    recorded_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, kind, document_id, version)
) STRICT;

-- Secrets, which the journal must not hold: they cannot be rebuilt.
CREATE TABLE credentials (
    tenant_id     TEXT NOT NULL,
    member_id     TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    changed_at    INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, member_id)
) STRICT;

CREATE TABLE sessions (
    tenant_id  TEXT NOT NULL,
    token_hash TEXT NOT NULL CHECK (length(token_hash) = 64),
    member_id  TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, token_hash)
) STRICT;
