DROP TABLE sessions;
DROP TABLE credentials;
DROP TABLE documents;
DROP TABLE api_keys;
DROP TABLE members;
DROP TABLE tenants;
DROP TABLE tenant_directory;
