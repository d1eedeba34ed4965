/**
 * Segments on disk, for windows that are too long for memory. Node only.
 *
 * @packageDocumentation
 */
export { DiskStorage } from './disk-storage.ts'
