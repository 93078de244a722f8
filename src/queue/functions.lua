#!lua name=hrisd_v3

-- What must happen as a whole, inside Redis. Redis runs one function at a
-- time and writes what it did to its append-only file as one transaction.
--
-- The version is part of every name: change anything here and it must grow,
-- so that old and new processes can run side by side during an upgrade. Keep
-- FUNCTION_PREFIX in functions.h the same.
--
-- All keys of one call carry the same hash tag, {hrisd:s}. A function runs
-- with the rights of the user that calls it; what each needs stands above it.

-- A failing command ends a function but undoes nothing, so that what can be
-- wrong with a key is found before the first write.
local function must_be_streams(keys, first)
	local seen = {}
	for i = first, #keys do
		if not seen[keys[i]] then
			redis.call('XLEN', keys[i])
			seen[keys[i]] = true
		end
	end
end

-- keys: from the first on, a stream per event. argv: from the second on, them.
local function append(keys, first, argv, second)
	for i = first, #keys do
		redis.call('XADD', keys[i], '*', 'event', argv[second + i - first])
	end
end

-- keys: the delivery's id, then a stream per event.
-- argv: how many ms the id is kept (0: do not look at it), then the events.
-- 1: all of them are appended; 0: the id was there already.
-- The id is written last: would that ever fail alone, then the sender tries
-- again and the events come twice, which the consumer stands; the other way
-- round they would be lost. Needs +get +set +xlen +xadd.
local function accept(keys, argv)
	local once = argv[1] ~= '0'
	if once and redis.call('GET', keys[1]) then
		return 0
	end
	must_be_streams(keys, 2)
	append(keys, 2, argv, 2)
	if once then
		redis.call('SET', keys[1], '1', 'PX', argv[1])
	end
	return 1
end

-- keys: the stream. argv: group, consumer, idle ms, cursor, count.
-- {next cursor, ids that were pending but are no longer in the stream,
-- {{id, deliveries, fields}, ...}}. Needs +xautoclaim +xpending.
local function claim(keys, argv)
	local got = redis.call('XAUTOCLAIM', keys[1], argv[1], argv[2], argv[3],
		argv[4], 'COUNT', argv[5])
	local entries = {}
	for i, entry in ipairs(got[2]) do
		local id = entry[1]
		local p = redis.call('XPENDING', keys[1], argv[1], id, id, 1)
		entries[i] = { id, p[1] and p[1][4] or 1, entry[2] }
	end
	return { got[1], got[3] or {}, entries }
end

-- keys: the stream, the dead letters. argv: group, id, event, reason,
-- deliveries, name of the stream. 1: moved; 0: it was not pending any more,
-- as when the same call comes again. Needs +xpending +xadd +xack.
local function bury(keys, argv)
	local group, id = argv[1], argv[2]
	if #redis.call('XPENDING', keys[1], group, id, id, 1) == 0 then
		return 0
	end
	redis.call('XADD', keys[2], '*', 'event', argv[3], 'stream', argv[6],
		'reason', argv[4], 'deliveries', argv[5], 'id', id)
	redis.call('XACK', keys[1], group, id)
	return 1
end

-- An id as two numbers; nil when they pass what a Lua number holds exactly.
local function parse_id(text)
	local ms, seq = string.match(text, '^(%d+)-(%d+)$')
	ms, seq = tonumber(ms), tonumber(seq)
	if not ms or not seq or ms >= 2 ^ 53 or seq >= 2 ^ 53 - 1 then
		return nil
	end
	return ms, seq
end

-- A list of names and values, as XINFO gives it, as a table.
local function by_name(list)
	local t = {}
	for i = 1, #list, 2 do
		t[list[i]] = list[i + 1]
	end
	return t
end

-- The groups of a stream; none when the stream is not there.
local function groups_of(key)
	local list = redis.pcall('XINFO', 'GROUPS', key)
	if list.err then
		if redis.call('XLEN', key) == 0 then
			return {}
		end
		error(list)
	end
	for i, group in ipairs(list) do
		list[i] = by_name(group)
	end
	return list
end

-- keys: the stream. argv: the group without which nothing is trimmed.
-- Removes what comes before the first entry that any group still needs: its
-- first pending one, or else the one after its last delivered. The number of
-- removed entries. Needs +xinfo|groups +xlen +xpending +xtrim.
local function trim(keys, argv)
	local expected = false
	local low_ms, low_seq
	for _, group in ipairs(groups_of(keys[1])) do
		local pending = redis.call('XPENDING', keys[1], group.name)
		local ms, seq
		if pending[1] > 0 then
			ms, seq = parse_id(pending[2])
		else
			ms, seq = parse_id(group['last-delivered-id'])
			seq = seq and seq + 1
		end
		if not ms then
			return 0
		end
		if not low_ms or ms < low_ms or
				(ms == low_ms and seq < low_seq) then
			low_ms, low_seq = ms, seq
		end
		expected = expected or group.name == argv[1]
	end
	if not expected then
		return 0
	end
	return redis.call('XTRIM', keys[1], 'MINID',
		string.format('%.0f-%.0f', low_ms, low_seq))
end

-- keys: the stream. argv: group.
-- {length, pending, not delivered yet, id of the oldest not acknowledged or
-- an empty string}. Needs +xinfo|groups +xlen +xpending +xrange.
local function lag(keys, argv)
	local length = redis.call('XLEN', keys[1])
	local last, pending, behind = '0-0', 0, length
	local oldest = ''
	for _, group in ipairs(groups_of(keys[1])) do
		if group.name == argv[1] then
			last = group['last-delivered-id']
			pending = group.pending
			-- Redis cannot tell after some deletions: at most
			behind = group.lag or length
		end
	end
	if pending > 0 then
		oldest = redis.call('XPENDING', keys[1], argv[1])[2]
	else
		local first = redis.call('XRANGE', keys[1], '(' .. last, '+',
			'COUNT', 1)
		oldest = first[1] and first[1][1] or ''
	end
	return { length, pending, behind, oldest }
end

-- keys: people by due time (a sorted set), their lookups (a hash), the stream.
-- argv: due time, person, lookup, group, ids of the stream's entries.
-- The lookup waits and the entries are acknowledged. Who waits already keeps
-- the earlier due time and the older lookup. The lookup is written first: a
-- due time without one would lose it, one without a due time does no harm.
-- Needs +hsetnx +zadd +xack.
local function defer(keys, argv)
	redis.call('HSETNX', keys[2], argv[2], argv[3])
	redis.call('ZADD', keys[1], 'LT', argv[1], argv[2])
	for i = 5, #argv do
		redis.call('XACK', keys[3], argv[4], argv[i])
	end
	return 1
end

-- keys: as of defer. argv: now, how many at most.
-- Those due go back to the stream. {how many, how many still wait}.
-- Needs +zrange +hget +xadd +zrem +hdel +zcard.
local function resume(keys, argv)
	local due = redis.call('ZRANGE', keys[1], '-inf', argv[1], 'BYSCORE',
		'LIMIT', 0, argv[2])
	for _, person in ipairs(due) do
		local event = redis.call('HGET', keys[2], person)
		if event then
			redis.call('XADD', keys[3], '*', 'event', event)
		end
		redis.call('ZREM', keys[1], person)
		redis.call('HDEL', keys[2], person)
	end
	return { #due, redis.call('ZCARD', keys[1]) }
end

-- keys: routes (a hash), their generations (a sorted set). argv: id,
-- generation and route, once for each. The number of those written: one that
-- is there and as new stays, so that several publishers cannot undo each
-- other. All or none. Needs +zscore +hset +zadd.
local function put_routes(keys, argv)
	local written = 0
	for i = 1, #argv, 3 do
		local there = redis.call('ZSCORE', keys[2], argv[i])
		if not there or tonumber(there) < tonumber(argv[i + 1]) then
			redis.call('HSET', keys[1], argv[i], argv[i + 2])
			redis.call('ZADD', keys[2], argv[i + 1], argv[i])
			written = written + 1
		end
	end
	return written
end

-- ------------------------------------------------------------------- runs

-- Who holds a lease is "fence owner" under its key. Everything that a run
-- writes looks first whether the fence is still its own.
local function lost(key, fence)
	local lease = redis.call('GET', key)
	if lease and string.match(lease, '^%d+') == fence then
		return nil
	end
	return redis.error_reply('FENCED the lease is not of this fence')
end

-- It only grows, also when Redis lost what it had: it is no less than the
-- clock, in microseconds.
local function next_fence(key)
	local time = redis.call('TIME')
	local now = time[1] * 1000000 + time[2]
	local last = tonumber(redis.call('GET', key) or 0)
	return string.format('%.0f', math.max(now, last + 1))
end

-- keys: the lease, the newest fence. argv: owner, how many ms it is held.
-- {fence, 0}, or {0, ms} when another owner has it for that long still.
-- Needs +get +set +pttl +time.
local function lease_take(keys, argv)
	local lease = redis.call('GET', keys[1])
	if lease and string.match(lease, ' (.*)') ~= argv[1] then
		return { 0, redis.call('PTTL', keys[1]) }
	end
	local fence = next_fence(keys[2])
	redis.call('SET', keys[2], fence)
	redis.call('SET', keys[1], fence .. ' ' .. argv[1], 'PX', argv[2])
	return { tonumber(fence), 0 }
end

-- keys: the lease. argv: fence, how many ms more. Needs +get +pexpire.
local function lease_keep(keys, argv)
	return lost(keys[1], argv[1]) or
		redis.call('PEXPIRE', keys[1], argv[2])
end

-- keys: the lease. argv: fence. Needs +get +del.
local function lease_drop(keys, argv)
	return lost(keys[1], argv[1]) or redis.call('DEL', keys[1])
end

-- keys: the lease, the run. argv: fence, the run's id.
-- {id, number, progress} of the run that is under way: this one, or the one
-- that was left. Needs +get +hmget +hincrby +hset.
local function run_begin(keys, argv)
	local no = lost(keys[1], argv[1])
	if no then
		return no
	end
	local run = redis.call('HMGET', keys[2], 'id', 'number', 'progress')
	if run[1] then
		return { run[1], tonumber(run[2]), run[3] or '' }
	end
	local number = redis.call('HINCRBY', keys[2], 'number', 1)
	redis.call('HSET', keys[2], 'id', argv[2], 'people', 0)
	return { argv[2], number, '' }
end

-- keys: the lease, the run. argv: fence, the run's id. Its number stays: the
-- next one counts on. Needs +get +hget +hdel.
local function run_end(keys, argv)
	local no = lost(keys[1], argv[1])
	if no then
		return no
	end
	if redis.call('HGET', keys[2], 'id') ~= argv[2] then
		return 0
	end
	return redis.call('HDEL', keys[2], 'id', 'progress', 'people')
end

-- -------------------------------------------------- what was sent of whom
--
-- A value of the list is, in the order of its bytes:
--    1  how many snapshots in a row missed the person
--    4  number of the run that looked for it last: it saw the person when the
--       first is 0, else it missed it; with PAGED, a page of it held the person
--    6  when the state was read, in ms since 1970
--   16  its digest; left out: nobody knows what the consumer has
local HEAD = '>BI4I6'
local HEAD_SIZE = 11
local GONE = 255 -- in the place of misses: absence is no news
local PAGED = 2 ^ 31

-- Reads of one person that lie closer together may overtake each other: an
-- HRIS may show a save late, and clocks differ.
local DOUBT_MS = 300000

local function take_apart(value)
	local misses, number, at = struct.unpack(HEAD, value)
	local paged = number >= PAGED
	return misses, paged and number - PAGED or number, at,
		string.sub(value, HEAD_SIZE + 1), paged
end

local function head(misses, number, at, paged)
	return struct.pack(HEAD, misses, paged and number + PAGED or number, at)
end

-- Did a page of this run hold the person?
local function was_paged(value, run)
	if not value then
		return false
	end
	local _, number, _, _, paged = take_apart(value)
	return paged and number == run
end

-- What takes the place of a value (false: of none) when the person was read.
-- A state that differs from what is there, and is not clearly newer, leaves it
-- open which of both the consumer took.
local function seen_again(value, misses, number, at, digest, paged)
	paged = paged or was_paged(value, number)
	if value then
		local _, _, before, was = take_apart(value)
		if was ~= digest and at - before < DOUBT_MS then
			digest = ''
		end
		at = math.max(at, before)
	end
	return head(misses, number, at, paged) .. digest
end

-- The run under way, or the last one: what is read now it need not miss.
local function newest_run(key)
	return tonumber(redis.call('HGET', key, 'number') or 0)
end

-- keys: the delivery's id, the list, the run, then a stream per event.
-- argv: as of accept, then when it came and whom each event is about (empty:
-- not a state). As accept; besides, nobody knows any more which of two states
-- the consumer has, since a run may have read the other one at the same time.
-- Needs +get +set +xlen +xadd +hlen +hget +hset.
local function accept_read(keys, argv)
	if argv[1] ~= '0' and redis.call('GET', keys[1]) then
		return 0
	end
	local events = #keys - 3
	local run, at = newest_run(keys[3]), tonumber(argv[events + 2])
	redis.call('HLEN', keys[2])
	must_be_streams(keys, 4)
	append(keys, 4, argv, 2)
	for i = events + 3, #argv do
		if argv[i] ~= '' then
			local paged = was_paged(redis.call('HGET', keys[2],
				argv[i]), run)
			redis.call('HSET', keys[2], argv[i],
				head(0, run, at, paged))
		end
	end
	if argv[1] ~= '0' then
		redis.call('SET', keys[1], '1', 'PX', argv[1])
	end
	return 1
end

-- keys: the list. argv: persons. Each one's digest, or nil. Needs +hmget.
local function run_digests(keys, argv)
	local list = redis.call('HMGET', keys[1], unpack(argv))
	for i, value in ipairs(list) do
		list[i] = value and #value > HEAD_SIZE and
			string.sub(value, HEAD_SIZE + 1)
	end
	return list
end

-- Names and values for HSET: of count persons and digests from first on; and
-- how many of them no page of this run held before.
local function values_of(key, argv, first, count, number, at)
	local persons, fresh, values, new = {}, {}, {}, 0
	for i = 1, count do
		persons[i] = argv[first + 2 * i - 2]
	end
	local list = redis.call('HMGET', key, unpack(persons))
	for i, person in ipairs(persons) do
		local value = fresh[person] or list[i]
		if not was_paged(value, number) then
			new = new + 1
		end
		fresh[person] = seen_again(value, 0, number, at,
			argv[first + 2 * i - 1], true)
		values[2 * i - 1], values[2 * i] = person, fresh[person]
	end
	return values, new
end

-- keys: the lease, the run, the list, the streams of changes and lookups.
-- argv: fence, the run's number, when the page was read, progress (empty:
-- what is there stays), how many persons and changes; then each person and
-- its digest, the changes, the lookups.
-- How many different persons the run's pages have held so far.
-- Needs +get +xlen +xadd +hlen +hmget +hset +hincrby.
local function run_page(keys, argv)
	local no = lost(keys[1], argv[1])
	if no then
		return no
	end
	must_be_streams(keys, 4)
	redis.call('HLEN', keys[2])
	local people, changes = tonumber(argv[5]), tonumber(argv[6])
	local first = 7 + 2 * people
	local values, new = nil, 0
	if people > 0 then
		values, new = values_of(keys[3], argv, 7, people,
			tonumber(argv[2]), tonumber(argv[3]))
	end
	for i = first, #argv do
		local stream = i < first + changes and keys[4] or keys[5]
		redis.call('XADD', stream, '*', 'event', argv[i])
	end
	if values then
		redis.call('HSET', keys[3], unpack(values))
	end
	if argv[4] ~= '' then
		redis.call('HSET', keys[2], 'progress', argv[4])
	end
	return redis.call('HINCRBY', keys[2], 'people', new)
end

-- keys: the lease, the list. argv: fence, the run's number, cursor, how many
-- to look at, how many misses in a row are told.
-- {next cursor, persons whom the run missed}. What HSCAN shows twice, and
-- what a crash repeats, is counted once: the run's number is then there. What
-- was sent of them is forgotten: when they are back, that has to be told.
-- Needs +get +hscan +hset +hdel.
local function run_absent(keys, argv)
	local no = lost(keys[1], argv[1])
	if no then
		return no
	end
	local run, most = tonumber(argv[2]), tonumber(argv[5])
	local got = redis.call('HSCAN', keys[2], argv[3], 'COUNT', argv[4])
	local missed = {}
	for i = 1, #got[2], 2 do
		local person = got[2][i]
		local misses, number, at = take_apart(got[2][i + 1])
		if number ~= run and misses >= most then
			redis.call('HDEL', keys[2], person)
		elseif number ~= run then
			redis.call('HSET', keys[2], person,
				head(misses + 1, run, at))
			missed[#missed + 1] = person
		elseif misses > 0 and misses <= most then
			missed[#missed + 1] = person
		end
	end
	return { got[1], missed }
end

-- keys: the list, the run, the streams of changes and lookups.
-- argv: group, change, person (empty: no list is kept), digest (empty: the
-- person is gone), when it was read, then ids of lookups.
-- Needs +xlen +xadd +xack +hget +hset.
local function store_read(keys, argv)
	local person, digest, value = argv[3], argv[4], nil
	must_be_streams(keys, 3)
	if person ~= '' then
		value = seen_again(redis.call('HGET', keys[1], person),
			digest == '' and GONE or 0, newest_run(keys[2]),
			tonumber(argv[5]), digest)
	end
	redis.call('XADD', keys[3], '*', 'event', argv[2])
	if value then
		redis.call('HSET', keys[1], person, value)
	end
	for i = 6, #argv do
		redis.call('XACK', keys[4], argv[1], argv[i])
	end
	return 1
end

-- Does nothing, with the right to write: so Redis says here already that it
-- is a replica or cannot write, or that the caller may not call.
local function check()
	return 1
end

local function register(name, callback, flags)
	redis.register_function({
		function_name = 'hrisd_v3_' .. name,
		callback = callback,
		flags = flags,
	})
end

-- allow-oom: what makes room must work when there is none.
register('accept', accept, {})
register('claim', claim, { 'allow-oom' })
register('bury', bury, { 'allow-oom' })
register('trim', trim, { 'allow-oom' })
register('lag', lag, { 'no-writes' })
register('defer', defer, {})
register('resume', resume, {})
register('put_routes', put_routes, {})
register('lease_take', lease_take, {})
register('lease_keep', lease_keep, { 'allow-oom' })
register('lease_drop', lease_drop, { 'allow-oom' })
register('run_begin', run_begin, {})
register('run_end', run_end, { 'allow-oom' })
register('accept_read', accept_read, {})
register('run_digests', run_digests, { 'no-writes' })
register('run_page', run_page, {})
register('run_absent', run_absent, {})
register('store_read', store_read, {})
register('check', check, {})
