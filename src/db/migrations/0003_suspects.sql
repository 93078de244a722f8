-- Entries of a stream of changes that were delivered too often, while it is
-- looked whether they were applied after all. A row that stays is a look that
-- ended the process: see src/provisioner/suspects.h.

CREATE TABLE suspects (
	shard BIGINT NOT NULL,
	entry TEXT NOT NULL,
	life TEXT NOT NULL, -- of the process that looks, or looked last
	lives BIGINT NOT NULL, -- how many have looked
	PRIMARY KEY (shard, entry)
) WITHOUT ROWID;
