-- Organizations, their admins and tokens, connections and credentials.
-- Written by the console (module registry). Times are milliseconds since 1970.

CREATE TABLE organizations (
	id TEXT NOT NULL PRIMARY KEY,
	name TEXT NOT NULL UNIQUE,
	plan TEXT NOT NULL,
	created_ms BIGINT NOT NULL,
	changed_ms BIGINT NOT NULL,
	CHECK (plan IN ('starter', 'growth', 'enterprise'))
);

CREATE TABLE admins (
	id TEXT NOT NULL PRIMARY KEY,
	organization TEXT NOT NULL REFERENCES organizations (id),
	email TEXT NOT NULL,
	created_ms BIGINT NOT NULL,
	UNIQUE (organization, email)
);

-- A token has 256 random bits, so its plain SHA-256 cannot be guessed back.
CREATE TABLE api_tokens (
	hash BYTEA NOT NULL PRIMARY KEY,
	organization TEXT NOT NULL REFERENCES organizations (id),
	admin TEXT NOT NULL REFERENCES admins (id),
	created_ms BIGINT NOT NULL,
	revoked_ms BIGINT -- null: valid
);

CREATE INDEX api_tokens_by_admin ON api_tokens (admin);

-- generation: the value of the counter below at the last change of the row or
-- of its credentials. What was published to Redis is told by it.
CREATE TABLE connections (
	id TEXT NOT NULL PRIMARY KEY,
	organization TEXT NOT NULL REFERENCES organizations (id),
	provider TEXT NOT NULL,
	name TEXT NOT NULL,
	settings TEXT NOT NULL, -- a JSON object of strings
	status TEXT NOT NULL,
	shard BIGINT NOT NULL,
	generation BIGINT NOT NULL UNIQUE,
	created_ms BIGINT NOT NULL,
	changed_ms BIGINT NOT NULL,
	CHECK (status IN ('draft', 'enabled', 'disabled', 'paused'))
);

CREATE INDEX connections_by_organization ON connections (organization, id);

-- One row per field, each sealed alone: who sets one cannot open the others.
-- box: who may open it, 'webhook' (the receiver) or 'api' (the fetcher).
-- previous_sealed is still good until previous_until_ms: a rotation.
CREATE TABLE credentials (
	connection TEXT NOT NULL REFERENCES connections (id),
	field TEXT NOT NULL,
	box TEXT NOT NULL,
	sealed BYTEA NOT NULL,
	previous_sealed BYTEA,
	previous_until_ms BIGINT,
	set_ms BIGINT NOT NULL,
	PRIMARY KEY (connection, field),
	CHECK (box IN ('webhook', 'api'))
);

-- One row. Every change of a connection takes the next value.
CREATE TABLE generation (
	id BIGINT NOT NULL PRIMARY KEY,
	value BIGINT NOT NULL,
	CHECK (id = 1)
);

INSERT INTO generation (id, value) VALUES (1, 0);
