import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { flvRules, MediaMessage } from '@rtmp/e-rtmp'
import { decodeFlv, encodeFlvHeader, encodeFlvTag } from '@rtmp/flv'
import { readFlvFile } from '@rtmp/flv/file'
import { readRepoFile, SeededRandom } from '@rtmp/testkit'
import { describe, expect, onTestFinished, test } from 'vitest'
import { repairFlv } from '../../src/index.ts'
import { run, sample } from './support/run.ts'

const whole = Buffer.from(await readRepoFile('media/h264-aac.flv'))
const tags = decodeFlv(whole)

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
    const { report, bytes } = await repaired(whole)
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
    ['cut inside a tag', whole.subarray(0, whole.length - 100), { truncated: true }],
    ['without a header', whole.subarray(13), { headerless: true, bareTracks: 0 }],
    ['whose beginning is gone', file(...from(3)), { bareTracks: 2, skippedBytes: 0 }],
    [
      'with a further recording behind what is left',
      Buffer.concat([file(...from(3)), whole]),
      { bareTracks: 2, pastedParts: 1 },
    ],
    [
      'zeros in the middle',
      file(...from(0, 100), Buffer.alloc(2_000_000), ...from(100)),
      { skippedBytes: 2_000_000 },
    ],
    ['zeros at the end', Buffer.concat([whole, Buffer.alloc(65_536)]), {}],
    ['two files pasted', Buffer.concat([whole, whole]), { pastedParts: 1 }],
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

  test('pictures of which bytes are others are left out, also where their tags are whole', async () => {
    const broken = Buffer.from(whole)
    const pictures = tags.filter((tag) => tag.typeId === 9 && new MediaMessage(9, 0, tag.payload).isCoded)
    // The first length behind the header of H.264.
    for (const { offset } of [pictures[30], pictures[31], pictures[60]].flatMap((tag) => tag ?? []))
      broken.writeUInt32BE(0xdead_beef, offset + 16)
    const { report, bytes } = await repaired(broken)
    expectWhole(bytes)
    const { videoTags } = (await repaired(whole)).report
    expect(report).toMatchObject({ brokenPictures: 3, videoTags: videoTags - 3 })
    // A sender that writes start codes does so from the first picture on.
    const byteStream = tags.map((tag) => {
      const payload = Buffer.from(tag.payload)
      if (pictures.includes(tag)) payload.writeUInt32BE(1, 5)
      return Buffer.from(encodeFlvTag({ ...tag, payload }))
    })
    expect((await repaired(file(...byteStream))).report).toMatchObject({ brokenPictures: 0 })
  })

  test('after any random damage', async () => {
    const random = new SeededRandom(1)
    for (let i = 0; i < 25; i++) {
      const broken = Buffer.from(whole)
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

/** A folder of this test, and `rtmp repair` of a file in it with these bytes to `whole.flv`. */
const told = async (bytes: Uint8Array | string) => {
  const folder = await mkdtemp(join(tmpdir(), 'rtmp-repair-'))
  onTestFinished(async () => rm(folder, { recursive: true, force: true }))
  const from = join(folder, 'file')
  const to = join(folder, 'whole.flv')
  await writeFile(from, bytes)
  // What was there before stays, if nothing comes of it.
  await writeFile(to, 'before')
  const { code, stderr } = await run(['repair', from, to])
  return { code, said: stderr.replaceAll(from, 'file'), written: await readFile(to, 'latin1') }
}

describe('a file of another kind is refused in words that say what to do, and nothing is written', () => {
  const ts = new Uint8Array(188 * 3)
  for (const at of [0, 188, 376]) ts[at] = 0x47
  const box = (type: string): Buffer =>
    Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from(`${type}isom`), Buffer.alloc(500)])

  test.each<[string, Uint8Array | string, RegExp]>([
    ['an empty file', '', /^file is empty: there is nothing in it that could be repaired\.$/m],
    [
      'MP4',
      box('ftyp'),
      /^file is MP4, and rtmp repair takes FLV: write it anew with ffmpeg -i FILE -c copy whole\.mp4\. A recording/m,
    ],
    ['MP4 without its first box', box('moof'), /^file is MP4,/m],
    ['QuickTime', box('wide'), /^file is MP4,/m],
    [
      'Matroska',
      Buffer.concat([Buffer.from('1a45dfa3', 'hex'), Buffer.alloc(100)]),
      /^file is Matroska or WebM, .* convert it with ffmpeg/m,
    ],
    ['Ogg', `OggS${'\0'.repeat(100)}`, /^file is Ogg,/m],
    ['MPEG-TS', ts, /^file is MPEG-TS,/m],
    [
      'a page',
      '<html>not here</html>',
      /^file has no sound and no picture of FLV in it, and nothing was written/m,
    ],
    ['noise', new SeededRandom(2).bytes(300_000), /^file has no sound and no picture of FLV in it/m],
    [
      'FLV with nothing behind its header',
      encodeFlvHeader({}),
      /^file has no sound and no picture of FLV in it/m,
    ],
  ])('%s', async (_, bytes, said) => {
    const repair = await told(bytes)
    expect(repair.said).toMatch(said)
    expect([repair.code, repair.written]).toEqual([5, 'before'])
  })

  test('a folder, and what is not there', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rtmp-repair-'))
    onTestFinished(async () => rm(folder, { recursive: true, force: true }))
    const to = join(folder, 'whole.flv')
    const first = await run(['repair', folder, to])
    expect([first.code, first.stderr]).toEqual([
      5,
      expect.stringContaining('is a folder; name a file in it.'),
    ])
    const second = await run(['repair', join(folder, 'none'), to])
    expect([second.code, second.stderr]).toEqual([5, expect.stringContaining('There is no file')])
    const third = await run(['repair', sample('h264-aac.flv'), folder])
    expect([third.code, third.stderr]).toEqual([
      5,
      expect.stringContaining('is a folder; name a file in it.'),
    ])
  })
})

test('tracks that begin without a sequence header are told of, those of codecs that need none are not', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rtmp-repair-'))
  onTestFinished(async () => rm(folder, { recursive: true, force: true }))
  const said = async (name: string): Promise<string> => {
    const all = decodeFlv(await readRepoFile(`media/${name}`)).filter(
      ({ typeId, payload }) => !new MediaMessage(typeId, 0, payload).isHeader,
    )
    await writeFile(join(folder, name), file(...all.map((tag) => Buffer.from(encodeFlvTag(tag)))))
    return (await run(['repair', join(folder, name), join(folder, 'whole.flv'), '--text'])).stdout
  }
  expect(await said('h264-aac.flv')).toContain('2 tracks began without a sequence header')
  expect(await said('h264-mp3.flv')).toContain('1 track began without a sequence header')
})
