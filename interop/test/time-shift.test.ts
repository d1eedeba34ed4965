// A live stream from some time ago on over RTMP (`?start=-8`), played by FFmpeg while it is published and recorded.
import { readdir, readFile, stat } from 'node:fs/promises'
import { MediaMessage } from '@rtmp/e-rtmp'
import { decodeFlv, TagType } from '@rtmp/flv'
import { createServer } from '@rtmp/server'
import { expect, test } from 'vitest'
import { args } from '../src/args.ts'
import { ffmpeg } from '../src/clients/ffmpeg.ts'
import { LOOPBACK } from '../src/loopback.ts'
import { mediaFile } from '../src/media.ts'
import { readTracks } from '../src/packets.ts'
import { Scratch } from '../src/scratch.ts'
import { crcOf } from '../src/source-packets.ts'
import { describeWith } from './support/describe-with.ts'

describeWith([ffmpeg], 'FFmpeg plays a live stream from before now', () => {
  test.for(['flv', 'fmp4'] as const)(
    'which is recorded as %s: from the key frame then, to its end',
    async (format) => {
      const scratch = await Scratch.make()
      const server = createServer({
        rtmp: { port: 0, host: LOOPBACK },
        streams: { graceMs: 0 },
        recordings: [{ file: `${scratch.path}/{streamName}-{index}.{ext}`, format, splitMs: 7000 }],
      })
      await server.listen()
      const messages = decodeFlv(await readFile(mediaFile('h264-aac.flv')))
        .filter(({ typeId }) => typeId !== TagType.script)
        .map(({ typeId, timestamp, payload }) => new MediaMessage(typeId, timestamp, payload))
      const media = messages.filter(({ isCoded }) => isCoded)
      const length = Math.max(...media.map(({ timestamp }) => timestamp)) + 23
      const round = (number: number): MediaMessage[] =>
        (number === 0 ? messages : media).map((message) => message.at(message.timestamp + number * length))
      const publisher = server.inject('live', 'show')
      const send = (all: readonly MediaMessage[]): void => {
        for (const { kind, timestamp, payload } of all)
          if (kind !== 'data') publisher?.write({ kind, timestamp, payload })
      }
      await expect.poll(() => server.recordings?.stats().length).toBe(1)
      const past = [0, 1, 2, 3, 4].flatMap(round)
      send(past)
      // All of it is recorded; the recorder is done with it when its files grow no more.
      await expect
        .poll(() => server.recordings?.stats()[0]?.durationMs, { timeout: 10_000 })
        .toBeGreaterThan(5 * length - 100)
      let size = -1
      await expect
        .poll(
          async () => {
            const before = size
            const names = await readdir(scratch.path)
            const sizes = await Promise.all(names.map(async (name) => (await stat(scratch.file(name))).size))
            size = sizes.reduce((sum, one) => sum + one, 0)
            return size === before
          },
          { timeout: 20_000, interval: 1200 },
        )
        .toBe(true)
      const output = scratch.file('played.flv')
      const playing = ffmpeg.run(
        args`-y -rtmp_buffer 60000 -i ${`rtmp://${LOOPBACK}:${server.address('rtmp')?.port}/live/show?start=-8`} -map 0 -c copy -f flv ${output}`,
        60_000,
      )
      // It has begun when something of it has been written.
      const begun = async (): Promise<boolean> =>
        (await stat(output).catch(() => undefined))?.size !== undefined
      await expect.poll(begun, { timeout: 30_000 }).toBe(true)
      const after = [5, 6].flatMap(round)
      send(after)
      publisher?.end()
      expect((await playing.ended).status).toBe(0)
      const played = await readTracks(output)
      const all = [...past, ...after]
      for (const kind of ['video', 'audio'] as const) {
        const wanted = all.flatMap((message) =>
          message.kind === kind && message.isCoded
            ? message.frames().map(({ payload }) => crcOf(payload))
            : [],
        )
        const found = played.find((track) => track.kind === kind)?.packets.map(({ hash }) => hash) ?? []
        expect(found).toEqual(wanted.slice(-found.length))
        expect(found.length).toBeGreaterThan(14 * (kind === 'video' ? 25 : 40))
        if (kind !== 'video') continue
        const end = past.at(-1)?.timestamp ?? 0
        const since = all.filter(
          ({ isVideo, isCoded, timestamp }) => isVideo && isCoded && timestamp > end - 8000,
        )
        // From the key frame before it: no more than two groups of pictures earlier, since the end of the newest frame is not known.
        expect(found.length).toBeGreaterThanOrEqual(since.length)
        expect(found.length).toBeLessThan(since.length + 2 * 25)
        expect(played.find((track) => track.kind === kind)?.packets[0]?.key).toBe(true)
      }
      await server.close({ drainMs: 1000 })
      await scratch.remove()
    },
  )
})
