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

  test.each(['h264-aac', 'hevc-aac', 'av1-opus', 'multitrack-h264x2-aacx2'])(
    '%s tells nothing',
    async (name) => {
      expect((await messagesOf(name)).flatMap(performanceReports)).toEqual([])
    },
  )

  test('a report that is cut anywhere, or changed anywhere, does no harm', async () => {
    const [first] = (await messagesOf('obs/obs32-multitrack-h264x3-aac'))
      .filter((message) => message.keyFrame)
      .flatMap((message) => message.frames())
    const payload = first?.payload.slice() ?? new Uint8Array(0)
    for (let size = 0; size < 400; size++) performanceReports(keyFrame(payload.subarray(0, size)))
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 400 }),
        fc.nat({ max: 255 }),
        fc.constantFrom('h264', 'hevc'),
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

  test('any bytes are looked through at once', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        performanceReports(keyFrame(Uint8Array.of(0, 0, 0, bytes.length + 1, 6, ...bytes)))
      }),
    )
  })
})
