-- Which slug is which tenant: read before the tenant is known.
CREATE TABLE tenant_directory (
    slug      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    tenant_id TEXT COLLATE "C" NOT NULL UNIQUE
);

CREATE TABLE tenants (
    tenant_id  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    slug       TEXT COLLATE "C" NOT NULL,
    name       TEXT COLLATE "C" NOT NULL,
    time_zone  TEXT COLLATE "C" NOT NULL,
    status     TEXT COLLATE "C" NOT NULL CHECK (status IN ('active', 'suspended', 'closed')),
    settings   TEXT COLLATE "C" NOT NULL,
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE members (
    tenant_id  TEXT COLLATE "C" NOT NULL,
    member_id  TEXT COLLATE "C" NOT NULL,
    name       TEXT COLLATE "C",
    email      TEXT COLLATE "C",
    role       TEXT COLLATE "C" NOT NULL,
    team       TEXT COLLATE "C",
    department TEXT COLLATE "C",
    status     TEXT COLLATE "C" NOT NULL CHECK (status IN ('active', 'inactive')),
    version    BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, member_id)
);

CREATE TABLE api_keys (
    tenant_id   TEXT COLLATE "C" NOT NULL,
    key_id      TEXT COLLATE "C" NOT NULL,
    name        TEXT COLLATE "C" NOT NULL,
    role        TEXT COLLATE "C" NOT NULL,
    member_id   TEXT COLLATE "C",
    scopes      TEXT COLLATE "C" NOT NULL,
    secret_hash TEXT COLLATE "C" NOT NULL CHECK (length(secret_hash) = 64),
    status      TEXT COLLATE "C" NOT NULL CHECK (status IN ('active', 'revoked')),
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT,
    version     BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, key_id),
    UNIQUE (tenant_id, secret_hash)
);

-- Configuration documents, every version of each.
CREATE TABLE documents (
    tenant_id   TEXT COLLATE "C" NOT NULL,
    kind        TEXT COLLATE "C" NOT NULL,
    document_id TEXT COLLATE "C" NOT NULL,
    version     BIGINT NOT NULL CHECK (version >= 1),
    body        TEXT COLLATE "C" NOT NULL,
    removed     BIGINT NOT NULL CHECK (removed IN (0, 1)),
    recorded_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, kind, document_id, version)
);

-- Secrets, which the journal must not hold: they cannot be rebuilt.
CREATE TABLE credentials (
    tenant_id     TEXT COLLATE "C" NOT NULL,
    member_id     TEXT COLLATE "C" NOT NULL,
    password_hash TEXT COLLATE "C" NOT NULL,
    changed_at    BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, member_id)
);

CREATE TABLE sessions (
    tenant_id  TEXT COLLATE "C" NOT NULL,
    token_hash TEXT COLLATE "C" NOT NULL CHECK (length(token_hash) = 64),
    member_id  TEXT COLLATE "C" NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, token_hash)
);

-- The server sees and writes the rows of the tenant that its transaction names, and no others.
GRANT SELECT, INSERT, UPDATE ON tenant_directory TO guerdon_app;
ALTER TABLE tenant_directory ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON tenant_directory
    USING (tenant_id = current_setting('guerdon.tenant_id', true)
           OR current_setting('guerdon.tenant_id', true) = '00000000-0000-0000-0000-000000000000');
GRANT SELECT, INSERT, UPDATE ON tenants TO guerdon_app;
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON tenants
    USING (tenant_id = current_setting('guerdon.tenant_id', true)
           OR current_setting('guerdon.tenant_id', true) = '00000000-0000-0000-0000-000000000000');
GRANT SELECT, INSERT, UPDATE ON members TO guerdon_app;
ALTER TABLE members ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON members
    USING (tenant_id = current_setting('guerdon.tenant_id', true));
GRANT SELECT, INSERT, UPDATE ON api_keys TO guerdon_app;
ALTER TABLE api_keys ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON api_keys
    USING (tenant_id = current_setting('guerdon.tenant_id', true));
GRANT SELECT, INSERT ON documents TO guerdon_app;
ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON documents
    USING (tenant_id = current_setting('guerdon.tenant_id', true));
GRANT SELECT, INSERT, UPDATE, DELETE ON credentials TO guerdon_app;
ALTER TABLE credentials ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON credentials
    USING (tenant_id = current_setting('guerdon.tenant_id', true));
GRANT SELECT, INSERT, UPDATE, DELETE ON sessions TO guerdon_app;
ALTER TABLE sessions ENABLE ROW LEVEL SECURITY;
CREATE POLICY one_tenant ON sessions
    USING (tenant_id = current_setting('guerdon.tenant_id', true));
