/**
 * fast-check arbitraries of messages and of legal chunk streams, for testing other implementations too.
 *
 * @packageDocumentation
 */
import fc from 'fast-check'
import { interleave, type Wire } from './arbitrary-wire.ts'
import type { Message } from './message.ts'
import { MAX_CHUNK_SIZE, MAX_CSID } from './wire.ts'

export type { Wire } from './arbitrary-wire.ts'

/** Chunk stream ids, with the limits of the three basic header forms often. */
export const csids = (): fc.Arbitrary<number> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 2, max: 8 }) },
    fc.constantFrom(2, 63, 64, 319, 320, 65_598, MAX_CSID),
    fc.integer({ min: 2, max: MAX_CSID }),
  )

/** Timestamps and steps of time, with the places where header fields and comparisons change often. */
export const timestamps = (): fc.Arbitrary<number> =>
  fc.oneof(
    fc.integer({ min: 0, max: 100 }),
    fc.constantFrom(0, 0xfffffe, 0xffffff, 0x100_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_fff0, 0xffff_ffff),
    fc.integer({ min: 0, max: 0xffff_ffff }),
  )

/** Chunk sizes that are legal to announce. */
export const chunkSizes = (): fc.Arbitrary<number> =>
  fc.oneof(
    fc.constantFrom(1, 2, 31, 32, 127, 128, 129, 4096, 60_000, 0xff_ffff, MAX_CHUNK_SIZE),
    fc.integer({ min: 1, max: 300 }),
  )

/** Message types that a reader does not act on itself: all but Set Chunk Size and Abort. */
const typeIds = (): fc.Arbitrary<number> =>
  fc.oneof(
    fc.constantFrom(8, 9, 18, 20),
    fc.integer({ min: 0, max: 255 }).filter((id) => id !== 1 && id !== 2),
  )

const payloads = (maxLength: number): fc.Arbitrary<Uint8Array> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.uint8Array({ maxLength: Math.min(8, maxLength) }) },
    { weight: 2, arbitrary: fc.uint8Array({ maxLength: Math.min(300, maxLength) }) },
    fc
      .tuple(fc.integer({ min: 0, max: maxLength }), fc.integer({ min: 0, max: 255 }))
      .map(([length, start]) => Uint8Array.from({ length }, (_, i) => start + i * 7)),
  )

/** One message on its own. Never a Set Chunk Size or an Abort, which would act on the reader. */
export const message = ({ maxLength = 2000 }: { maxLength?: number } = {}): fc.Arbitrary<Message> =>
  fc.record(
    {
      csid: csids(),
      typeId: typeIds(),
      messageStreamId: fc.oneof(fc.constantFrom(0, 1), fc.integer({ min: 0, max: 0xffff_ffff })),
      timestamp: timestamps(),
      payload: payloads(maxLength),
    },
    { noNullPrototype: true },
  )

/**
 * Messages in a row that share a few chunk streams and resemble one another as those of a real stream do, so that every
 * kind of header comes up.
 */
export const messages = ({
  maxLength = 2000,
  maxCount = 30,
}: {
  maxLength?: number
  maxCount?: number
} = {}): fc.Arbitrary<Message[]> =>
  fc
    .tuple(
      fc.uniqueArray(csids(), { minLength: 1, maxLength: 4 }),
      fc.array(fc.tuple(fc.nat(), message({ maxLength }), fc.nat({ max: 31 }), timestamps()), {
        maxLength: maxCount,
      }),
    )
    .map(([streams, steps]) => {
      const last = new Map<number, { message: Message; step: number }>()
      return steps.map(([which, fresh, keep, step]) => {
        const csid = streams[which % streams.length] as number
        const before = last.get(csid)
        const next =
          before === undefined ? { message: { ...fresh, csid }, step } : vary(before, fresh, keep, step)
        last.set(csid, next)
        return next.message
      })
    })

/** A message after another on its chunk stream; the bits of `keep` say what stays the same. */
const vary = (
  before: { message: Message; step: number },
  fresh: Message,
  keep: number,
  step: number,
): { message: Message; step: number } => {
  const { csid, typeId, messageStreamId, timestamp, payload } = before.message
  const advance = (keep & 8) > 0 ? before.step : step
  return {
    message: {
      csid,
      typeId: (keep & 1) > 0 ? typeId : fresh.typeId,
      messageStreamId: (keep & 6) > 0 ? messageStreamId : fresh.messageStreamId,
      timestamp: (timestamp + advance) >>> 0,
      payload: (keep & 16) > 0 ? Uint8Array.from(payload, (byte) => byte ^ 0x5a) : fresh.payload,
    },
    step: advance,
  }
}

/**
 * A legal chunk stream and the messages in it, in the order in which they become complete: any legal header, any
 * interleaving of chunk streams, chunk sizes that change between any two chunks, aborted messages.
 */
export const wires = (options: { maxLength?: number; maxCount?: number } = {}): fc.Arbitrary<Wire> =>
  fc
    .tuple(
      messages(options),
      fc.array(fc.nat(), { minLength: 1, maxLength: 60 }),
      fc.array(chunkSizes(), { minLength: 1, maxLength: 4 }),
    )
    .map(([list, choices, sizes]) => interleave(list, choices, sizes))
