import { MAX_TAG_DATA_SIZE } from './tag.ts'

/** How much a reader takes in, and what it does with files that are not as the specification says. */
export interface FlvReaderOptions {
  /**
   * What to do when no tag can stand where the next one should be.
   *
   * - `'skip'` (default): search for the next good tag and go on there; tags carry what was noticed in `notices`.
   * - `'stop'`: deliver nothing more; {@link FlvDamage} says where and why.
   * - `'strict'`: throw a `DecodeError`, also for everything the specification forbids but files have: wrong back
   *   pointers, reserved bits, a StreamID, a truncated end.
   */
  readonly damaged?: 'skip' | 'stop' | 'strict'
  /**
   * `'required'` (default): input must begin with a file header. `'optional'`: it may also begin with a tag, or with
   * damage that hides the header; for input picked up in the middle, after a seek for example.
   */
  readonly header?: 'required' | 'optional'
  /** Position of the first pushed byte in the file, so that tags have the right `offset` after a seek; default 0. */
  readonly position?: number
  /** Longest accepted DataSize in bytes; default 16777215, all that the field can say. */
  readonly maxTagSize?: number
  /**
   * How far the search for the next good tag goes before it fails, and how long a tag found that way can be. By default
   * it goes on to the end of the input, holding about 1 MiB of it, and finds tags of up to 1 MiB.
   */
  readonly resyncWindow?: number
  /**
   * Gives every payload memory of its own. Default false: payloads are views of the pushed slices where they lie in
   * one, so slices must be left unchanged for as long as the payloads are used; others are views of memory that up to
   * 256 kB of payloads share. For a few payloads that are kept for long, copies hold less memory.
   */
  readonly copyPayloads?: boolean
}

/** Limits of a reader that was given none; units are bytes. */
export const DEFAULT_FLV_LIMITS: { readonly maxTagSize: number; readonly resyncWindow: number } = {
  maxTagSize: MAX_TAG_DATA_SIZE,
  resyncWindow: Number.POSITIVE_INFINITY,
}

/** What a search without a limit holds of the input before it gives up what it has looked at, in bytes. */
export const SEARCH_MEMORY: number = 1 << 20

/** A place where a file is not as it should be. */
export interface FlvDamage {
  /**
   * - `'skipped'`: bytes in which no tag was found.
   * - `'repaired'`: a tag whose DataSize was wrong was delivered with the size its back pointer tells.
   * - `'truncated'`: the file ends inside a tag, or inside the back pointer behind one.
   * - `'stopped'`: reading ended here, as the option `damaged: 'stop'` asks.
   */
  readonly kind: 'skipped' | 'repaired' | 'truncated' | 'stopped'
  /** Position of the first byte concerned. */
  readonly offset: number
  /** How many bytes are concerned. */
  readonly length: number
}
