import { ByteReader } from '@rtmp/bytes'
import { decodeFlv, TagType } from '@rtmp/flv'
import { readRepoFile } from '@rtmp/testkit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromMediaFrame, MediaMessage, performanceReports } from '../src/index.ts'

const messagesOf = async (name: string): Promise<MediaMessage[]> =>
  decodeFlv(await readRepoFile(`media/${name}.flv`)).map(
    ({ typeId, timestamp, payload }) => new MediaMessage(typeId, timestamp, payload),
  )

const keyFrame = (payload: Uint8Array, codec = 'h264'): MediaMessage =>
  new MediaMessage(
    TagType.video,
    0,
    fromMediaFrame({ kind: 'video', trackId: 0, codec, type: 'coded', dts: 0, keyFrame: true, payload }),
  )

/** NAL units behind lengths of four bytes. */
const nalUnitsOf = (picture: Uint8Array): Uint8Array[] => {
  const reader = new ByteReader(picture, 'test')
  const units: Uint8Array[] = []
  while (reader.remaining > 0) units.push(reader.view(reader.u32()))
  return units
}

const withLength = (unit: readonly number[]): number[] => [
  0,
  0,
  unit.length >> 8,
  unit.length & 0xff,
  ...unit,
]

describe('what OBS tells of itself', () => {
  test('times and counts of each rendition, as OBS 32.2.2 wrote them', async () => {
    const reports = (await messagesOf('obs/obs32-multitrack-h264x3-aac')).flatMap(performanceReports)
    expect(reports.length).toBe(18)
    const at = (text: string): number => Date.parse(`2026-11-29T22:23:${text}Z`)
    expect(reports.slice(0, 3)).toEqual([
      {
        trackId: 0,
        picture: {
          composedAt: at('34.038'),
          encodeBeganAt: at('34.087'),
          encodeEndedAt: at('34.087'),
          sentAt: at('34.320'),
        },
        session: { rendered: 22, lagged: 1, dropped: 0, output: 69 },
        rendition: { input: 22, skipped: 0, output: 22 },
      },
      expect.objectContaining({ trackId: 1, rendition: { input: 22, skipped: 0, output: 22 } }),
      expect.objectContaining({ trackId: 2, rendition: { input: 23, skipped: 0, output: 23 } }),
    ])
  })

  test('in AV1 too, as OBS 32.2.2 wrote them with SVT-AV1', async () => {
    const reports = (await messagesOf('obs/obs32-multitrack-av1x2-aac')).flatMap(performanceReports)
    const at = (text: string): number => Date.parse(`2026-11-30T18:22:${text}Z`)
    expect(reports.map(({ trackId }) => trackId)).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 0, 1])
    expect(reports.slice(2, 4)).toEqual([
      {
        trackId: 0,
        picture: {
          composedAt: at('09.496'),
          encodeBeganAt: at('09.538'),
          encodeEndedAt: at('09.539'),
          sentAt: at('10.917'),
        },
        session: { rendered: 23, lagged: 0, dropped: 0, output: 46 },
        rendition: { input: 23, skipped: 0, output: 23 },
      },
      expect.objectContaining({ trackId: 1, rendition: { input: 23, skipped: 0, output: 23 } }),
    ])
  })

  // Made up: OBS has no encoder of HEVC without a GPU. As shared/bpm/bpm.c of OBS 32.2.2 lays it out: what it renders for H.264, with a
  // header of HEVC, behind the picture.
  test.each([
    ['before the picture, until OBS 32.0', 39],
    ['behind it, since OBS 32.1', 40],
  ])('in HEVC by SEI messages whose type stands %s', async (_, type) => {
    const [h264] = (await messagesOf('obs/obs32-multitrack-h264x3-aac'))
      .filter(({ keyFrame }) => keyFrame)
      .flatMap((message) => message.frames())
      .filter((frame) => frame.type === 'coded')
    const [hevc] = (await messagesOf('hevc-aac'))
      .filter(({ keyFrame }) => keyFrame)
      .flatMap((message) => message.frames())
      .filter((frame) => frame.type === 'coded')
    const units = nalUnitsOf(h264?.payload ?? new Uint8Array(0)).filter(([first = 0]) => (first & 0x1f) === 6)
    const sei = units.map((unit) => withLength([type << 1, 1, ...unit.subarray(1)]))
    const picture = Uint8Array.from([...(hevc?.payload ?? []), ...sei.flat()])
    const [expected] = performanceReports(keyFrame(h264?.payload ?? new Uint8Array(0)))
    expect(expected?.session?.rendered).toBe(22)
    expect(performanceReports(keyFrame(picture, 'hevc'))).toEqual([expected])
  })

  test.each(['h264-aac', 'hevc-aac', 'av1-opus', 'multitrack-h264x2-aacx2'])(
    '%s tells nothing',
    async (name) => {
      expect((await messagesOf(name)).flatMap(performanceReports)).toEqual([])
    },
  )

  test.each([
    ['h264x3', ['h264', 'hevc'], 400],
    ['av1x2', ['av1'], 308],
  ])('a report in %s that is cut anywhere, or changed anywhere, does no harm', async (name, codecs, size) => {
    const [first] = (await messagesOf(`obs/obs32-multitrack-${name}-aac`))
      .filter((message) => message.keyFrame)
      .flatMap((message) => message.frames())
      .filter(({ type }) => type === 'coded')
    const payload = first && 'payload' in first ? first.payload.slice() : new Uint8Array(0)
    for (const codec of codecs)
      for (let end = 0; end < size; end++) performanceReports(keyFrame(payload.subarray(0, end), codec))
    fc.assert(
      fc.property(
        fc.nat({ max: size - 1 }),
        fc.nat({ max: 255 }),
        fc.constantFrom(...codecs),
        (at, byte, codec) => {
          const changed = payload.slice()
          changed[at] = byte
          for (const { session, rendition } of performanceReports(keyFrame(changed, codec)))
            for (const count of Object.values({ ...session, ...rendition }))
              expect(count).toBeGreaterThanOrEqual(0)
        },
      ),
      { numRuns: 300 },
    )
  })

  test.each(['h264', 'hevc', 'av1'])('any bytes are looked through at once: %s', (codec) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        performanceReports(keyFrame(Uint8Array.of(0, 0, 0, bytes.length + 1, 6, ...bytes), codec))
        performanceReports(keyFrame(bytes, codec))
      }),
    )
  })
})
