#!lua name=hrisd_v2

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
	for i = 2, #keys do
		redis.call('XADD', keys[i], '*', 'event', argv[i])
	end
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

-- Does nothing, with the right to write: so Redis says here already that it
-- is a replica or cannot write, or that the caller may not call.
local function check()
	return 1
end

local function register(name, callback, flags)
	redis.register_function({
		function_name = 'hrisd_v2_' .. name,
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
register('check', check, {})
