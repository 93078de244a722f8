-- Admins who are at an HR system to allow access (OAuth2, authorization code
-- with PKCE). Written by the console; a row lives for minutes and is used
-- once. state_hash: SHA-256 of 256 random bits, so it cannot be guessed back.

CREATE TABLE authorizations (
	state_hash BYTEA NOT NULL PRIMARY KEY,
	connection TEXT NOT NULL UNIQUE REFERENCES connections (id),
	organization TEXT NOT NULL REFERENCES organizations (id),
	admin TEXT NOT NULL REFERENCES admins (id),
	redirect_uri TEXT NOT NULL,
	verifier BYTEA NOT NULL, -- sealed: the fetcher alone opens it
	until_ms BIGINT NOT NULL
);
