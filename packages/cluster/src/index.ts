/**
 * Who has which stream: claims with leases and fences. In memory here; over Redis or Valkey in `@rtmp/cluster/redis`; a
 * suite for implementations of your own in `@rtmp/cluster/compliance`.
 *
 * @packageDocumentation
 */
export {
  type Claim,
  type ClaimOptions,
  type ClaimResult,
  DEFAULT_LEASE,
  type Directory,
  type DirectoryChange,
  type DirectoryWatch,
  type Entry,
  type Owner,
  type RenewResult,
} from './directory.ts'
export { DirectoryError, type DirectoryErrorCode, isDirectoryError } from './errors.ts'
export { MemoryDirectory } from './memory-directory.ts'
export { MemoryStore, type MemoryStoreOptions } from './memory-store.ts'
