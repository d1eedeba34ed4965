import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { HlsStream } from '../src/index.ts'
import { DiskStorage } from '../src/node/disk.ts'
import { readPlaylist } from './support/read-playlist.ts'
import { ask, bytesOf, madeUp, pushAll, START, textOf } from './support/stream.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rtmp-hls-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

test('a long window lies on disk: memory holds the live edge only, and every segment can be had', async () => {
  const storage = await DiskStorage.open(join(folder, 'show'))
  const hls = new HlsStream({ windowMs: 3_600_000, storage })
  pushAll(hls, madeUp({ ms: 60_000 }))
  const whole = new HlsStream({ windowMs: 3_600_000 })
  pushAll(whole, madeUp({ ms: 60_000 }))
  expect(hls.heldBytes).toBeLessThan(whole.heldBytes / 3)
  const { segments } = readPlaylist(await textOf(hls, 'v0.m3u8'))
  expect(segments.length).toBe(29)
  await vi.waitFor(async () => expect((await readdir(join(folder, 'show'))).length).toBe(58))
  for (const { uri } of segments)
    expect(Buffer.from(await bytesOf(hls, uri))).toEqual(Buffer.from(await bytesOf(whole, uri)))
  hls.close()
  await storage.close()
  expect(await readdir(folder)).toEqual([])
})

test('a segment that cannot be stored is a gap once it is out of memory, and that is told', async () => {
  const faults: string[] = []
  const storage = {
    put: () => Promise.reject(new Error('no space left on device')),
    get: () => Promise.resolve(undefined),
    delete: () => {},
  }
  const hls = new HlsStream({ windowMs: 60_000, storage, onFault: ({ message }) => faults.push(message) })
  pushAll(hls, madeUp({ ms: 20_000 }))
  await Promise.resolve()
  await Promise.resolve()
  expect(faults.length).toBeGreaterThan(10)
  expect(new Set(faults)).toEqual(new Set(['no space left on device']))
  for (const each of madeUp({ from: 20_000, ms: 4000, headers: false }))
    hls.push(each, START + each.timestamp)
  const { segments } = readPlaylist(await textOf(hls, 'v0.m3u8'))
  expect(segments[0]?.isGap).toBe(true)
  expect((await ask(hls, 'v0-0.m4s')).status).toBe(404)
})

test('segments that are deleted are deleted from disk', async () => {
  const storage = await DiskStorage.open(join(folder, 'show'))
  const hls = new HlsStream({ windowMs: 6000, storage })
  pushAll(hls, madeUp({ ms: 120_000 }))
  await vi.waitFor(async () => expect((await readdir(join(folder, 'show'))).length).toBeLessThan(20))
  expect(await storage.get('v0-0.m4s')).toBeUndefined()
})
