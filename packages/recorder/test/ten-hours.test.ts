// Ten hours of virtual time, in an hour's files and in one: over the ends of 24-bit times (4 h 39 m) and of 32-bit ones (49.7 days), of the stream
// and of the file.
import { MediaMessage } from '@rtmp/e-rtmp'
import { FlvReader } from '@rtmp/flv'
import { expect, test } from 'vitest'
import { openRecording } from '../src/index.ts'
import { MemoryFiles } from './support/memory-files.ts'
import { messagesOf, recorded } from './support/recorded.ts'

const HOUR = 3_600_000
const HOURS = 10
/** What a picture and a sound are apart, in milliseconds. */
const STEP = 1000

const sample = (await messagesOf('h264-aac')).filter((message) => message.kind !== 'data')
const coded = sample.filter(({ isCoded }) => isCoded)
const key = coded.find(({ keyFrame }) => keyFrame) as MediaMessage
const sound = coded.find(({ isAudio }) => isAudio) as MediaMessage
const headers = sample.filter(({ isHeader }) => isHeader)

/** A frame with a number at its end. */
const numbered = (message: MediaMessage, number: number): MediaMessage => {
  const payload = message.payload.slice(0, 64)
  new DataView(payload.buffer).setUint32(payload.length - 4, number)
  return message.withPayload(payload)
}
const numberIn = ({ payload }: MediaMessage): number =>
  new DataView(payload.buffer, payload.byteOffset + payload.length - 4).getUint32(0)

/** A key frame each other second, and sound between them. */
function* tenHours(start: number): Generator<MediaMessage> {
  yield* headers.map((header) => header.at(start))
  for (let i = 0; i * STEP < HOURS * HOUR; i++)
    yield numbered(i % 2 === 0 ? key : sound, i).at((start + i * STEP) >>> 0)
}
const FRAMES = (HOURS * HOUR) / STEP

/** Where the stream's clock is at the beginning: it passes 2^32 after two hours and 2^24 four hours and 39 minutes later. */
const START = 0xffffffff - 2 * HOUR

const readAll = async (files: MemoryFiles, path: string): Promise<MediaMessage[]> => {
  const reader = await openRecording(files, path)
  const messages: MediaMessage[] = []
  for (let more = await reader.next(); more !== undefined; more = await reader.next())
    messages.push(...more.filter(({ isCoded }) => isCoded))
  await reader.close()
  return messages
}

test.each([
  ['flv', HOUR],
  ['fmp4', HOUR],
  ['flv', undefined],
  ['fmp4', undefined],
] as const)(
  'ten hours in %s, split at %s ms: no frame is missing or there twice, each at its time',
  async (format, splitMs) => {
    const files = new MemoryFiles()
    const { paths, events } = await recorded(
      tenHours(START),
      { format, ...(splitMs === undefined ? {} : { splitMs }) },
      files,
    )
    expect(paths).toHaveLength(splitMs === undefined ? 1 : HOURS)
    expect(events.at(-1)).toMatchObject({ missedMs: 0 })
    const all: { number: number; time: number }[] = []
    for (const [hour, path] of paths.entries()) {
      const messages = await readAll(files, path)
      // Where a file begins, sound of before may still be shown.
      const shift = messages[0]?.timestamp ?? Number.NaN
      expect(shift).toBeLessThanOrEqual(STEP)
      for (const message of messages)
        all.push({ number: numberIn(message), time: hour * HOUR + message.timestamp - shift })
      if (format === 'fmp4') continue
      const reader = new FlvReader({ damaged: 'strict' })
      reader.push(files.bytesOf(path))
      reader.end()
      for (let tag = reader.read(); tag !== undefined; tag = reader.read()) expect(tag.notices).toBe(0)
    }
    // Once as a whole, since so many comparisons take long to write down.
    expect(all.map(({ number }) => number)).toEqual(Array.from({ length: FRAMES }, (_, i) => i))
    expect(all.filter(({ number, time }) => time !== number * STEP)).toEqual([])
  },
)

test.each(['flv', 'fmp4'] as const)('in one file in %s it is sought behind 4 h 39 m', async (format) => {
  const files = new MemoryFiles()
  const { paths } = await recorded(tenHours(START), { format }, files)
  const reader = await openRecording(files, paths[0] ?? '')
  expect(Math.abs(reader.durationMs - HOURS * HOUR)).toBeLessThanOrEqual(2000)
  for (const hours of [9.5, 4.6601, 0, 5]) {
    const wanted = Math.round(hours * HOUR)
    const found = wanted - (wanted % (2 * STEP))
    expect(await reader.seek(wanted)).toBe(found)
    const first = (await reader.next())?.find(({ isCoded, isVideo }) => isCoded && isVideo)
    expect([first?.timestamp, numberIn(first as MediaMessage)]).toEqual([found, found / STEP])
  }
  await reader.close()
})
