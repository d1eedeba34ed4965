// A disk that is slow, one that is full, a folder that goes: other recordings, and players, get everything.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MediaMessage } from '@rtmp/e-rtmp'
import { decodeFlv } from '@rtmp/flv'
import { nodeFiles, type RecordingFile, type RecordingFiles } from '@rtmp/recorder'
import { expect, onTestFinished, test } from 'vitest'
import type { ServerEvents } from '../../src/contract/events.ts'
import type { RecordingRule } from '../../src/contract/recordings.ts'
import { Recordings } from '../../src/node/record/recordings.ts'
import { begin as beginCore } from '../core/peer.ts'
import { eventually } from './arrange.ts'

const HEADER = Uint8Array.of(0x17, 0, 0, 0, 0, 1, 0x64, 0, 0x1f, 0xff, 0xe0, 0)
const MiB = 1024 * 1024
/** What may wait for a disk, and a batch beyond it. */
const MOST_WAITING = 17 * MiB

/** A picture of 64 KiB that says which it is. */
const picture = (number: number): Uint8Array => {
  const payload = new Uint8Array(65_536)
  payload.set([number % 25 === 0 ? 0x17 : 0x27, 1, 0, 0, 0, 0, 0, 0xff, 0xf7, 0x65])
  new DataView(payload.buffer).setUint32(20, number)
  return payload
}
const numberIn = (payload: Uint8Array): number =>
  new DataView(payload.buffer, payload.byteOffset).getUint32(20)

/** The file system of this machine, with a part of it that can be made to fail. */
class FaultyFiles implements RecordingFiles {
  /** Which files are at the mercy of this. */
  readonly folder: string
  /** What a write there waits for. */
  gate: Promise<void> = Promise.resolve()
  isFull = false

  constructor(folder: string) {
    this.folder = folder
  }

  async create(path: string): Promise<RecordingFile> {
    const file = await nodeFiles.create(path)
    if (!path.startsWith(this.folder)) return file
    const write = async (bytes: Uint8Array, position: number): Promise<void> => {
      await this.gate
      if (this.isFull) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
      await file.write(bytes, position)
    }
    return {
      write,
      read: async (into, position) => file.read(into, position),
      size: async () => file.size(),
      truncate: async (size) => file.truncate(size),
      sync: async () => file.sync(),
      touch: async () => file.touch(),
      close: async () => file.close(),
    }
  }
  open = nodeFiles.open
  facts = nodeFiles.facts
  list = nodeFiles.list
  rename = nodeFiles.rename
  remove = nodeFiles.remove
  freeBytes = nodeFiles.freeBytes
}

/** A stream that is recorded twice, once where things go wrong, and watched. */
const begin = async (more: Partial<RecordingRule> = {}) => {
  const folder = await mkdtemp(join(tmpdir(), 'rtmp-faults-'))
  onTestFinished(async () => rm(folder, { recursive: true, force: true }))
  const { core } = beginCore()
  const files = new FaultyFiles(join(folder, 'bad'))
  const rules = ['bad', 'good'].map((name) => ({ file: `${folder}/${name}/{index}.{ext}`, ...more }))
  const recordings = new Recordings(core, rules, {}, files)
  onTestFinished(async () => recordings.close(5000))
  const seen = <Name extends keyof ServerEvents>(name: Name): ServerEvents[Name][] => {
    const events: ServerEvents[Name][] = []
    core.events.on(name, (event) => events.push(event))
    return events
  }
  const interrupted = seen('recordingInterrupted')
  const gaps = seen('recordingGap')
  const ended = seen('recordingEnded')
  const publisher = core.inject('live', 'show')
  await new Promise((resolve) => setImmediate(resolve))
  publisher?.write({ kind: 'video', timestamp: 0, payload: HEADER })
  const watched: number[] = []
  const watching = (async () => {
    for await (const item of core.subscribe('live', 'show'))
      if (item instanceof MediaMessage && item.isCoded) watched.push(numberIn(item.payload))
  })()
  /** What waits for each, the most first. */
  const queues = (): number[] =>
    [...(core.registry.find('', 'live/show')?.subscribers ?? [])]
      .map(({ outbox }) => outbox.queuedBytes)
      .sort((a, b) => b - a)
  const waiting = (): number => queues()[0] ?? 0
  let most = 0
  let next = 0
  /** Publishes pictures, 25 a second by the stream's own time, as fast as all but the slowest of those who take them. */
  const send = async (count: number): Promise<void> => {
    for (const end = next + count; next < end; next++) {
      publisher?.write({ kind: 'video', timestamp: next * 40, payload: picture(next) })
      most = Math.max(most, waiting())
      do await new Promise((resolve) => setImmediate(resolve))
      while ((queues()[1] ?? 0) > MiB)
    }
  }
  const end = async (): Promise<void> => {
    publisher?.end()
    await eventually('both have ended', () => ended.length === 2)
    await watching
  }
  const recorded = async (name: string): Promise<number[]> => {
    const found = (await readdir(join(folder, name))).filter((file) => file.endsWith('.flv')).sort()
    const numbers = await Promise.all(
      found.map(async (file) =>
        decodeFlv(await readFile(join(folder, name, file)))
          .map((tag) => new MediaMessage(tag.typeId, tag.timestamp, tag.payload))
          .filter(({ isCoded }) => isCoded)
          .map(({ payload }) => numberIn(payload)),
      ),
    )
    return numbers.flat()
  }
  /** All that was sent has gone to everybody but the bad disk. */
  const others = async (): Promise<void> => {
    const all = Array.from({ length: next }, (_, i) => i)
    expect(await recorded('good')).toEqual(all)
    expect(watched).toEqual(all)
  }
  return { folder, files, interrupted, gaps, send, end, recorded, others, waiting, most: () => most }
}

test('a slow disk: what waits is bounded, then pictures are missing up to a key frame, which is told', async () => {
  const { files, gaps, send, end, recorded, others, waiting, most } = await begin()
  let open = (): void => {}
  await send(30)
  files.gate = new Promise((resolve) => {
    open = resolve
  })
  await send(500)
  expect(most()).toBeGreaterThan(10 * MiB)
  expect(most()).toBeLessThan(MOST_WAITING)
  open()
  await eventually('it has caught up', () => waiting() === 0)
  await send(60)
  await end()
  await others()
  const kept = await recorded('bad')
  expect(gaps.length).toBeGreaterThan(0)
  expect(gaps.every(({ missedMs, resumed }) => missedMs > 0 && !resumed)).toBe(true)
  const jumps = kept.filter((number, i) => i > 0 && number !== (kept[i - 1] ?? 0) + 1)
  expect(jumps.length).toBe(gaps.length)
  expect(jumps.every((number) => number % 25 === 0)).toBe(true)
  expect(kept.at(-1)).toBe(589)
})

test('a full disk: one recording is interrupted, which is told', async () => {
  const { files, interrupted, send, end, recorded, others } = await begin()
  await send(100)
  files.isFull = true
  await send(100)
  await eventually('it is told', () => interrupted.length > 0)
  await send(50)
  await end()
  expect(interrupted[0]?.reason).toBe('diskFull')
  await others()
  const kept = await recorded('bad')
  expect(kept).toEqual(Array.from({ length: kept.length }, (_, i) => i))
})

test('a folder that is removed: it is told, and made again', async () => {
  const { folder, interrupted, gaps, send, end, recorded, others } = await begin({ syncMs: 50 })
  await send(50)
  await new Promise((resolve) => setTimeout(resolve, 700))
  await rm(join(folder, 'bad'), { recursive: true })
  // It looks after its file when it writes.
  while (interrupted.length === 0) {
    await send(10)
    await new Promise((resolve) => setTimeout(resolve, 60))
  }
  await send(60)
  await eventually('it goes on', () => gaps.some(({ resumed }) => resumed))
  await send(30)
  await end()
  await others()
  const kept = await recorded('bad')
  expect(kept.length).toBeGreaterThan(20)
  expect((kept[0] ?? 1) % 25).toBe(0)
})
