import type { MediaMessage } from '@rtmp/e-rtmp'

/*
 * What things cost in memory beside the bytes they hold, in bytes. Measured (Node 20 to 24, `packages/live/test/costs.node.test.ts`
 * measures again) and rounded up, so that an account made of them is not below the truth.
 */

/** A message that is kept: itself, the view of its payload, its place in a list. */
export const MESSAGE_BYTES = 208

/** The same of one message: of data, its name stands for itself once more. */
export const costOfMessage = ({ name }: MediaMessage): number => MESSAGE_BYTES + name.length * 2

/** An encoded piece that is kept for those who join, beside the memory it lies in. */
export const PIECE_BYTES = 96

/** A piece that waits for a transport, beside the memory it lies in: its place, its time, the transport's record of it. */
export const QUEUED_BYTES = 64

/** A header or a data frame in force, beside its payload: the message, its key, its place in a map. */
export const HEADER_BYTES = 384

/** A stream with nothing in it: itself, its cache, its counters. */
export const STREAM_BYTES = 4096

/** What is known of one video track. */
export const TRACK_BYTES = 192
