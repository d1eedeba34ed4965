// What `rtmp repair` makes of broken files, judged by FFmpeg: it plays whole, its times go forward, and it can be sought in.
import { writeFile } from 'node:fs/promises'
import { repairFlv } from '@rtmp/client'
import { expect, test } from 'vitest'
import { args } from '../src/args.ts'
import { BROKEN_FLV } from '../src/broken-flv.ts'
import { ffmpeg, newerFfmpeg } from '../src/clients/ffmpeg.ts'
import { readTracks } from '../src/packets.ts'
import { Scratch } from '../src/scratch.ts'
import { describeWith } from './support/describe-with.ts'

describeWith([ffmpeg], 'rtmp repair', () => {
  test.each(BROKEN_FLV)('%s', async (_, bytes, atLeast, atMost) => {
    const scratch = await Scratch.make()
    const broken = scratch.file('broken.flv')
    const output = scratch.file('whole.flv')
    await writeFile(broken, bytes)
    async function* slices(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < bytes.length; at += 5000) yield bytes.subarray(at, at + 5000)
    }
    const { durationMs } = await repairFlv(slices(), output)
    expect(durationMs / 1000).toBeGreaterThan(atLeast)
    expect(durationMs / 1000).toBeLessThan(atMost)
    for (const reader of [ffmpeg, newerFfmpeg].filter((one) => one.availability().available)) {
      const read = await reader.run(args`-i ${output} -map 0 -c copy -f null -`, 30_000).ended
      expect([read.status, read.stderr]).toEqual([0, ''])
      expect((await reader.run(args`-i ${output} -map 0 -f null -`, 30_000).ended).status).toBe(0)
    }
    const tracks = await readTracks(output)
    expect(tracks.map(({ kind }) => kind).sort()).toEqual(['audio', 'video'])
    for (const { packets } of tracks)
      expect(packets.every(({ dts }, i) => i === 0 || dts >= (packets[i - 1]?.dts ?? 0))).toBe(true)
    const seek = args`-ss ${(durationMs / 2000).toFixed(2)} -i ${output} -map 0:v -frames:v 1 -f framecrc -`
    expect(
      (await ffmpeg.run(seek, 30_000).ended).stdout.split('\n').filter((line) => line.startsWith('0,'))
        .length,
    ).toBe(1)
    await scratch.remove()
  })
})
