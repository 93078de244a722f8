-- What admins decide about sync runs. Module registry.

-- R7: an admin says that a refused run was right. confirmed_ms: null: nobody.
ALTER TABLE runs ADD COLUMN confirmed_ms BIGINT;
ALTER TABLE runs ADD COLUMN confirmed_by TEXT REFERENCES admins (id);

-- What an organization's admins chose for all its connections; what has no
-- row is as registry/rule.h has it.
CREATE TABLE rules (
	organization TEXT NOT NULL REFERENCES organizations (id),
	name TEXT NOT NULL,
	value BIGINT NOT NULL,
	set_by TEXT NOT NULL REFERENCES admins (id),
	set_ms BIGINT NOT NULL,
	PRIMARY KEY (organization, name)
);
