/**
 * The directory in Redis (6.2 or later) or Valkey, for several machines. Needs the client library `ioredis`.
 *
 * @packageDocumentation
 */
export { openRedisDirectory, type RedisLocation } from './redis/open-redis-directory.ts'
export { type RedisConnections, RedisDirectory, type RedisDirectoryOptions } from './redis/redis-directory.ts'
