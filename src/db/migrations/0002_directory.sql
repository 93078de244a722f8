-- Members, the persons behind them, and what became of every change.
-- Written by the provisioner alone, but for what admins do (module directory).
-- Times are milliseconds since 1970. Numbers that stand for words are the
-- enums of directory/directory.h and src/directory/records.h.
--
-- A change costs few pages: rows that grow by time are appended, what is read
-- together stands in one row, and an index exists where a rule looks for it.

-- An organization by number, with its choices.
CREATE TABLE member_rules (
	id INTEGER PRIMARY KEY,
	organization TEXT NOT NULL UNIQUE REFERENCES organizations (id),
	default_roles BIGINT NOT NULL,
	on_leave BIGINT NOT NULL,
	on_rehire BIGINT NOT NULL
);

-- A connection by number.
CREATE TABLE member_feeds (
	id INTEGER PRIMARY KEY,
	connection TEXT NOT NULL UNIQUE REFERENCES connections (id),
	organization BIGINT NOT NULL REFERENCES member_rules (id)
);

CREATE TABLE members (
	id INTEGER PRIMARY KEY,
	public_id TEXT NOT NULL,
	organization BIGINT NOT NULL,
	status BIGINT NOT NULL,
	roles BIGINT NOT NULL,
	guarded BIGINT NOT NULL,
	ended BIGINT NOT NULL,
	-- The person that it is linked to now, and the newest that was applied
	-- of that person: here and not in persons, so that an update writes
	-- one row.
	feed BIGINT,
	pid TEXT,
	version BIGINT NOT NULL,
	rank BIGINT NOT NULL,
	change_id BYTEA,
	person_status BIGINT NOT NULL,
	decision BIGINT NOT NULL,
	wanted_email TEXT, -- held: another active member has it
	employee_number TEXT,
	first_name TEXT,
	last_name TEXT,
	preferred_name TEXT,
	email TEXT, -- in lower case
	department TEXT,
	job_title TEXT,
	seniority_level TEXT,
	start_date TEXT,
	end_date TEXT,
	manager_id TEXT,
	location TEXT,
	employment_type TEXT,
	created_ms BIGINT NOT NULL,
	changed_ms BIGINT NOT NULL
);

CREATE UNIQUE INDEX members_by_public_id ON members (organization, public_id);

-- Not unique: somebody who left may share both with somebody who came.
CREATE INDEX members_by_number ON members (organization, employee_number)
	WHERE employee_number IS NOT NULL;
CREATE INDEX members_by_email ON members (organization, email)
	WHERE email IS NOT NULL;

-- Everybody that a connection ever named. A row is never deleted by a sync.
CREATE TABLE persons (
	feed BIGINT NOT NULL,
	pid TEXT NOT NULL,
	link BIGINT NOT NULL,
	member BIGINT,
	version BIGINT NOT NULL,
	rank BIGINT NOT NULL,
	change_id BYTEA,
	person_status BIGINT NOT NULL,
	decision BIGINT NOT NULL,
	kept TEXT, -- the newest change of who waits
	PRIMARY KEY (feed, pid)
) WITHOUT ROWID;

-- One row per change that was decided about, only appended. Those of one
-- person are a chain, from its row's newest one by previous: an index over
-- them would cost each change a page more.
CREATE TABLE decisions (
	id INTEGER PRIMARY KEY,
	feed BIGINT NOT NULL,
	pid TEXT NOT NULL,
	change_id BYTEA NOT NULL,
	outcome BIGINT NOT NULL,
	version BIGINT NOT NULL,
	effective_ms BIGINT NOT NULL, -- 0: at once
	at_ms BIGINT NOT NULL,
	previous BIGINT NOT NULL,
	fields TEXT -- {"email":["before","after"], …}; null: nothing changed
);

CREATE TABLE email_history (
	member BIGINT NOT NULL,
	until_ms BIGINT NOT NULL,
	email TEXT NOT NULL,
	PRIMARY KEY (member, until_ms, email)
) WITHOUT ROWID;

-- Who waits for which email or number to become free.
CREATE TABLE waiting (
	organization BIGINT NOT NULL,
	field BIGINT NOT NULL,
	value TEXT NOT NULL,
	feed BIGINT NOT NULL,
	pid TEXT NOT NULL,
	since_ms BIGINT NOT NULL,
	PRIMARY KEY (organization, field, value, feed, pid)
) WITHOUT ROWID;

-- What a person must look at. One row per organization, kind and subject: what
-- happens again is counted.
CREATE TABLE tasks (
	id INTEGER PRIMARY KEY,
	public_id TEXT NOT NULL,
	organization BIGINT NOT NULL,
	kind TEXT NOT NULL,
	subject TEXT NOT NULL,
	feed BIGINT,
	pid TEXT,
	word TEXT,
	member BIGINT,
	other BIGINT,
	times BIGINT NOT NULL,
	opened_ms BIGINT NOT NULL,
	last_ms BIGINT NOT NULL,
	resolved_ms BIGINT,
	UNIQUE (organization, kind, subject)
);

CREATE UNIQUE INDEX tasks_by_public_id ON tasks (organization, public_id);
