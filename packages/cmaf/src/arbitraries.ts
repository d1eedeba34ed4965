/**
 * Generators of samples, runs and whole streams of frames, for property tests of this and of other implementations.
 * fast-check is a peer dependency of this entry point only.
 *
 * @packageDocumentation
 */
import type { MediaFrame } from '@rtmp/e-rtmp'
import fc from 'fast-check'
import type { CmafSample, TrackRun } from './fragment.ts'

const noNullPrototype = { noNullPrototype: true }

/** Samples in order of decoding: some with the same time, some behind a gap, offsets of both signs. */
export const cmafSamples = (): fc.Arbitrary<CmafSample[]> =>
  fc
    .tuple(
      fc.oneof(fc.nat({ max: 1000 }), fc.nat({ max: 2 ** 40 })),
      fc.array(
        fc.record(
          {
            step: fc.oneof(
              { weight: 6, arbitrary: fc.nat({ max: 80 }) },
              { weight: 1, arbitrary: fc.nat({ max: 4_000_000 }) },
            ),
            compositionOffset: fc.oneof(fc.constant(0), fc.integer({ min: -0x800000, max: 0x7fffff })),
            keyFrame: fc.boolean(),
            data: fc.uint8Array({ minLength: 1, maxLength: 40 }),
          },
          noNullPrototype,
        ),
        { minLength: 1, maxLength: 12 },
      ),
    )
    .map(([start, steps]) => {
      let decodeTime = start
      return steps.map(({ step, ...sample }) => {
        decodeTime += step
        return { decodeTime, ...sample }
      })
    })

/** A run of a track. */
export const trackRun = (trackId: number): fc.Arbitrary<TrackRun> =>
  fc.record(
    {
      trackId: fc.constant(trackId),
      timescale: fc.constantFrom(1000, 90_000, 1_000_000),
      samples: cmafSamples(),
      lastDuration: fc.nat({ max: 100 }),
    },
    noNullPrototype,
  )

/** SPS and PPS of H.264 Baseline, 16 × 16 pixels, with a profile that varies. */
const avcRecord = (level: number): Uint8Array =>
  // biome-ignore format: bytes of a record, one field a line
  Uint8Array.of(
    1, 66, 0xc0, level, 0xff,
    0xe1, 0, 7, 0x67, 66, 0xc0, level, 0xda, 0x7b, 0x20,
    1, 0, 4, 0x68, 0xce, 0x38, 0x80,
  )

const frame = (
  kind: 'audio' | 'video',
  type: MediaFrame['type'],
  payload: Uint8Array,
  more: Partial<MediaFrame> = {},
): MediaFrame => ({
  kind,
  trackId: 0,
  codec: kind === 'video' ? 'h264' : 'aac',
  type,
  dts: 0,
  pts: 0,
  nanoOffset: 0,
  keyFrame: false,
  payload,
  form: 'legacy',
  headerByte: 0,
  ...more,
})

/** A sequence header of H.264 (by its level) or of AAC. */
const header = (): fc.Arbitrary<MediaFrame> =>
  fc.oneof(
    fc.constantFrom(10, 11, 12).map((level) => frame('video', 'sequenceHeader', avcRecord(level))),
    fc.constant(frame('audio', 'sequenceHeader', Uint8Array.of(0x11, 0x90))),
  )

/** Sound or a picture, on one of three tracks; time goes on, stands, or jumps. */
const coded = (): fc.Arbitrary<MediaFrame & { readonly step: number }> =>
  fc
    .record({
      kind: fc.constantFrom('audio', 'video'),
      step: fc.oneof(
        { weight: 8, arbitrary: fc.nat({ max: 60 }) },
        { weight: 1, arbitrary: fc.integer({ min: -50, max: 0 }) },
        { weight: 1, arbitrary: fc.integer({ min: -100_000, max: 100_000 }) },
      ),
      offset: fc.integer({ min: -100, max: 200 }),
      keyFrame: fc.boolean(),
      payload: fc.uint8Array({ maxLength: 30 }),
    })
    .map(({ kind, step, offset, keyFrame, payload }) => ({
      ...frame(kind as 'audio' | 'video', 'coded', payload, {
        pts: kind === 'video' ? offset : 0,
        keyFrame: kind === 'audio' || keyFrame,
      }),
      step,
    }))

/**
 * A stream of H.264 and AAC as a server can meet it: frames before any header, headers that change, frames without a
 * byte, times that stand, jump and wrap at 2^32.
 */
export const mediaStream = (): fc.Arbitrary<MediaFrame[]> =>
  fc
    .tuple(
      fc.oneof(fc.nat({ max: 1000 }), fc.integer({ min: 0xffffff00, max: 0xffffffff })),
      fc.array(fc.oneof({ weight: 1, arbitrary: header() }, { weight: 8, arbitrary: coded() }), {
        maxLength: 60,
      }),
    )
    .map(([start, parts]) => {
      let dts = start
      return parts.map((part) => {
        const { step = 0, ...rest } = part as MediaFrame & { step?: number }
        dts = (dts + step) >>> 0
        return { ...rest, dts, pts: dts + rest.pts }
      })
    })
