import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { flvRules, MediaMessage } from '@rtmp/e-rtmp'
import { decodeFlv, encodeFlvHeader, encodeFlvTag } from '@rtmp/flv'
import { readFlvFile } from '@rtmp/flv/file'
import { readRepoFile, SeededRandom } from '@rtmp/testkit'
import { describe, expect, onTestFinished, test } from 'vitest'
import { repairFlv } from '../../src/index.ts'

const sample = Buffer.from(await readRepoFile('media/h264-aac.flv'))
const tags = decodeFlv(sample)

const repaired = async (bytes: Uint8Array) => {
  const folder = await mkdtemp(join(tmpdir(), 'rtmp-repair-'))
  onTestFinished(async () => rm(folder, { recursive: true, force: true }))
  const to = join(folder, 'whole.flv')
  async function* slices(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += 50_000) yield bytes.subarray(at, at + 50_000)
  }
  const report = await repairFlv(slices(), to)
  return { report, bytes: new Uint8Array(await readFile(to)) }
}

/** A good file: every tag whole, times forward on each track, numbers and index true. */
const expectWhole = (bytes: Uint8Array): void => {
  const found = decodeFlv(bytes, { damaged: 'strict' })
  const { header, metadata, facts } = readFlvFile(bytes, flvRules)
  expect(facts.discontinuities).toBe(0)
  expect(header).toMatchObject({ hasAudio: facts.hasAudio, hasVideo: facts.hasVideo })
  expect(metadata?.fileSize).toBe(bytes.length)
  expect(metadata?.duration).toBeGreaterThanOrEqual(facts.lastTime / 1000 - 0.05)
  expect(metadata?.duration).toBeLessThanOrEqual(facts.duration / 1000 + 0.001)
  if (facts.keyframes.times.length > 1)
    expect(metadata?.keyframes?.filePositions).toEqual(facts.keyframes.filePositions)
  for (const typeId of [8, 9]) {
    const times = found
      .filter((tag) => tag.typeId === typeId && new MediaMessage(typeId, 0, tag.payload).isCoded)
      .map(({ timestamp }) => timestamp)
    expect(times).toEqual([...times].sort((a, b) => a - b))
  }
}

const file = (...pieces: readonly Uint8Array[]): Buffer => Buffer.concat([encodeFlvHeader({}), ...pieces])
const from = (start: number, end?: number): Buffer[] =>
  tags.slice(start, end).map((tag) => Buffer.from(encodeFlvTag(tag)))
const at = (ms: (timestamp: number, i: number) => number): Buffer[] =>
  tags.map((tag, i) => Buffer.from(encodeFlvTag({ ...tag, timestamp: ms(tag.timestamp, i) >>> 0 })))

describe('a file is whole again', () => {
  test('one that was', async () => {
    const { report, bytes } = await repaired(sample)
    expectWhole(bytes)
    expect(report).toMatchObject({
      damages: [],
      skippedBytes: 0,
      truncated: false,
      timeJumps: 0,
      pastedParts: 0,
    })
  })

  test.each<[string, Buffer, object]>([
    ['cut inside a tag', sample.subarray(0, sample.length - 100), { truncated: true }],
    ['without a header', sample.subarray(13), { headerless: true }],
    [
      'zeros in the middle',
      file(...from(0, 100), Buffer.alloc(2_000_000), ...from(100)),
      { skippedBytes: 2_000_000 },
    ],
    ['zeros at the end', Buffer.concat([sample, Buffer.alloc(65_536)]), {}],
    ['two files pasted', Buffer.concat([sample, sample]), { pastedParts: 1 }],
    ['a jump of half an hour', file(...at((ms, i) => (i > 150 ? ms + 1_800_000 : ms))), {}],
    ['a jump back', file(...at((ms, i) => (i > 150 ? ms - 2000 : ms))), {}],
    ['one wild time', file(...at((ms, i) => (i === 150 ? 4_000_000_000 : ms))), { timeJumps: 1 }],
    ['times over 4 h 39 min that wrap at 24 bits', file(...at((ms) => (ms + 0xffff00) & 0xffffff)), {}],
    [
      'an empty tag',
      file(
        ...from(0, 50),
        Buffer.from(encodeFlvTag({ typeId: 9, timestamp: 0, payload: new Uint8Array(0) })),
        ...from(50),
      ),
      { droppedTags: 1 },
    ],
  ])('%s', async (_name, broken, mended) => {
    const { report, bytes } = await repaired(broken)
    expectWhole(bytes)
    expect(report).toMatchObject(mended)
    expect(report.videoTags).toBeGreaterThan(90)
  })

  test('after any random damage', async () => {
    const random = new SeededRandom(1)
    for (let i = 0; i < 25; i++) {
      const broken = Buffer.from(sample)
      for (let n = random.below(6); n >= 0; n--) {
        const place = random.below(broken.length - 2000)
        if (random.chance(0.5)) broken.fill(random.below(256), place, place + random.below(2000))
        else broken.writeUInt32BE(random.u32(), place)
      }
      const { bytes } = await repaired(broken.subarray(0, broken.length - random.below(5000)))
      expectWhole(bytes)
    }
  })
})

test('what is no FLV is said to be none', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rtmp-repair-'))
  onTestFinished(async () => rm(folder, { recursive: true, force: true }))
  const html = join(folder, 'page.flv')
  await writeFile(html, '<html>not here</html>')
  const { report } = await repaired(await readFile(html))
  expect(report).toMatchObject({ videoTags: 0, audioTags: 0 })
})
