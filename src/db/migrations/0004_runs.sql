-- Sync runs and their schedules, and what the fetcher gets from HR systems:
-- tokens and subscriptions. Module registry. Times are milliseconds since
-- 1970.

-- mapping: JSON; null: the manifest's own alone. deleted_ms: a tombstone, so
-- that receivers hear of the deletion; null: it is there.
ALTER TABLE connections ADD COLUMN mapping TEXT;
ALTER TABLE connections ADD COLUMN deleted_ms BIGINT;

-- next_ms: when it is to run next; null: not by itself. The others are what
-- runs left: see struct sync_state in registry/run.h.
CREATE TABLE schedules (
	connection TEXT NOT NULL PRIMARY KEY REFERENCES connections (id),
	schedule TEXT NOT NULL,
	next_ms BIGINT,
	since_ms BIGINT NOT NULL,
	full_ms BIGINT NOT NULL,
	reconcile_ms BIGINT NOT NULL,
	mark TEXT NOT NULL,
	people BIGINT NOT NULL,
	accepted TEXT NOT NULL,
	CHECK (schedule IN ('manual', '15_minutes', 'hourly', '6_hours',
		'12_hours', 'daily', 'weekly'))
);

CREATE INDEX schedules_by_slot ON schedules (next_ms)
	WHERE next_ms IS NOT NULL;

-- What was enabled before there were schedules is due now.
INSERT INTO schedules (connection, schedule, next_ms, since_ms, full_ms,
	reconcile_ms, mark, people, accepted)
SELECT id, 'daily', CASE WHEN status = 'enabled' THEN 1 END, 0, 0, 0, '', -1,
	''
FROM connections;

CREATE TABLE runs (
	id TEXT NOT NULL PRIMARY KEY, -- sorts by time
	connection TEXT NOT NULL REFERENCES connections (id),
	kind TEXT NOT NULL,
	reason TEXT NOT NULL,
	status TEXT NOT NULL,
	asked_ms BIGINT NOT NULL,
	started_ms BIGINT,
	finished_ms BIGINT, -- null: it is open
	stop BIGINT NOT NULL,
	counts TEXT NOT NULL,
	proof TEXT NOT NULL,
	error TEXT NOT NULL,
	CHECK (kind IN ('initial', 'incremental', 'full', 'reconcile')),
	CHECK (reason IN ('enabled', 'scheduled', 'by_hand')),
	CHECK (status IN ('queued', 'running', 'done', 'refused', 'failed',
		'stopped'))
);

CREATE INDEX runs_by_connection ON runs (connection, id);

-- One open run per connection, whoever asks.
CREATE UNIQUE INDEX runs_open ON runs (connection) WHERE finished_ms IS NULL;
CREATE INDEX runs_open_by_age ON runs (finished_ms, id)
	WHERE finished_ms IS NULL;

-- What an HR system gave for an OAuth2 login or the like, sealed for the
-- fetcher alone. generation grows with every new one: who renews names the
-- one that it used.
CREATE TABLE tokens (
	connection TEXT NOT NULL REFERENCES connections (id),
	name TEXT NOT NULL,
	sealed BYTEA NOT NULL,
	previous_sealed BYTEA,
	generation BIGINT NOT NULL,
	set_ms BIGINT NOT NULL,
	PRIMARY KEY (connection, name)
);

-- Webhooks that were made by the HR system's API: its own id of each.
CREATE TABLE subscriptions (
	connection TEXT NOT NULL REFERENCES connections (id),
	name TEXT NOT NULL,
	vendor_id TEXT NOT NULL,
	made_ms BIGINT NOT NULL,
	PRIMARY KEY (connection, name)
);
