/**
 * What is kept in Redis, below a prefix in braces so that a Redis Cluster keeps it in one place:
 *
 *   {prefix}:entries   hash   path → JSON [fence, token, owner id, owner address]
 *   {prefix}:leases    zset   path → when its lease is over, in milliseconds of Redis's clock
 *   {prefix}:fence     text   the last fence
 *   {prefix}:version   text   "n:fence" of the last change, so that a watch sees what it has missed
 *   {prefix}:changes   channel, JSON [version before, version, kind, path, fence, token, owner id, owner address]
 *
 * Every call is one script, so it is carried out whole or not at all. Numbers that need more than 14 digits go as text.
 */
const COMMON = `
local entries, leases, fences, versions = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local channel, lease = ARGV[1], tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function text(number) return string.format('%.0f', number) end
local function nextFence(above)
  local last = tonumber(redis.call('GET', fences) or '0')
  local fence = math.max(now, last + 1, above + 1)
  redis.call('SET', fences, text(fence))
  return fence
end
local function read(path)
  local found = redis.call('HGET', entries, path)
  if not found then return nil end
  local fields = cjson.decode(found)
  return { fence = tonumber(fields[1]), token = fields[2], id = fields[3], address = fields[4] }
end
local function expiresIn(path)
  return math.max(0, math.min(lease, tonumber(redis.call('ZSCORE', leases, path) or '0') - now))
end
local function tell(kind, path, entry)
  local before = redis.call('GET', versions) or ''
  local version = text(tonumber(string.match(before, '^%d+') or '0') + 1) .. ':' .. text(entry.fence)
  redis.call('SET', versions, version)
  redis.call('PUBLISH', channel,
    cjson.encode({ before, version, kind, path, text(entry.fence), entry.token, entry.id, entry.address }))
end
local function keep(path, entry)
  redis.call('HSET', entries, path, cjson.encode({ text(entry.fence), entry.token, entry.id, entry.address }))
end
local function extend(path) redis.call('ZADD', leases, text(now + lease), path) end
local function drop(path, entry, reason)
  redis.call('HDEL', entries, path)
  redis.call('ZREM', leases, path)
  if entry then tell(reason, path, entry) end
end
local function sweep()
  for _, path in ipairs(redis.call('ZRANGEBYSCORE', leases, '-inf', text(now), 'LIMIT', 0, 1000)) do
    drop(path, read(path), 'expired')
  end
  -- A clock that was set back must not make leases longer than they are.
  for _, path in ipairs(redis.call('ZRANGEBYSCORE', leases, '(' .. text(now + lease), '+inf', 'LIMIT', 0, 1000)) do
    extend(path)
  end
end
local function lookUp(path)
  local entry = read(path)
  if entry and expiresIn(path) == 0 then
    drop(path, entry, 'expired')
    return nil
  end
  return entry
end
local function raise(path, entry, above)
  entry.fence = nextFence(above)
  keep(path, entry)
  tell('claimed', path, entry)
end
local function begin(path, id, address, token, above)
  local entry = { fence = nextFence(above), token = token, id = id, address = address }
  keep(path, entry)
  extend(path)
  tell('claimed', path, entry)
  return entry
end
local function told(path, entry) return { path, text(entry.fence), entry.token, entry.id, entry.address, expiresIn(path) } end
`

/** path, id, address, token, the highest fence the node knows of this path, 1 to take over → kind, entry */
export const CLAIM: string = `${COMMON}
sweep()
local path, id, address, token, known, takeOver = ARGV[3], ARGV[4], ARGV[5], ARGV[6], tonumber(ARGV[7]), ARGV[8]
local entry = lookUp(path)
if entry and entry.id ~= id and takeOver ~= '1' then
  if entry.fence < known then raise(path, entry, known) end
  return { 'held', told(path, entry) }
end
if entry then known = math.max(known, entry.fence) end
return { 'claimed', told(path, begin(path, id, address, token, known)) }
`

/**
 * path, id, address, token, the claim's fence, the highest fence the node knows of this path → kind, entry
 *
 * Where Redis has lost the claim, it begins again. Where it has lost it and given the path to another since, the other's
 * fence rises above the lost one, so that whoever has seen that goes on to it.
 */
export const RENEW: string = `${COMMON}
local path, id, address, token, fence, known = ARGV[3], ARGV[4], ARGV[5], ARGV[6], tonumber(ARGV[7]), tonumber(ARGV[8])
local highest = math.max(fence, known)
local entry = lookUp(path)
if not entry then return { 'renewed', told(path, begin(path, id, address, token, highest)) } end
if entry.token ~= token then
  if entry.fence <= fence or entry.fence < known then raise(path, entry, highest) end
  return { 'lost', told(path, entry) }
end
if entry.fence < highest then raise(path, entry, highest) end
extend(path)
return { 'renewed', told(path, entry) }
`

/** path, token → 1 or 0 */
export const RELEASE: string = `${COMMON}
local path, token = ARGV[3], ARGV[4]
local entry = lookUp(path)
if not entry or entry.token ~= token then return 0 end
drop(path, entry, 'released')
return 1
`

/** path, the highest fence the node knows of it → entry, or nothing */
export const RESOLVE: string = `${COMMON}
local path, known = ARGV[3], tonumber(ARGV[4])
local entry = lookUp(path)
if not entry then return false end
if entry.fence < known then raise(path, entry, known) end
return told(path, entry)
`

/** Ends leases that are over → version */
export const TICK: string = `${COMMON}
sweep()
return redis.call('GET', versions) or ''
`

/** Everything → version, entries */
export const LIST: string = `${COMMON}
sweep()
local found = {}
for _, path in ipairs(redis.call('HKEYS', entries)) do
  local entry = read(path)
  if entry and expiresIn(path) > 0 then found[#found + 1] = told(path, entry) end
end
return { redis.call('GET', versions) or '', found }
`
