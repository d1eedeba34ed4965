// `npm run demo:ladder`, with FFmpeg 9 in place of OBS (obs-ladder.test.ts has that).
import { expect, test } from 'vitest'
import { newerFfmpeg } from '../src/clients/ffmpeg.ts'
import { ladderDemo } from '../src/demo/ladder-demo.ts'
import { describeWith } from './support/describe-with.ts'

describeWith([newerFfmpeg], 'the demonstration of a ladder', () => {
  test('shows three renditions, and ends when it is told to', async () => {
    const lines: string[] = []
    const ending = new AbortController()
    const worked = await ladderDemo({
      seconds: 60,
      with: 'ffmpeg',
      rtmpPort: 0,
      httpPort: 0,
      signal: ending.signal,
      print: (line) => {
        lines.push(line)
        if (line.includes('Ctrl-C')) ending.abort()
      },
    })
    expect(worked).toBe(true)
    const sizes = lines.flatMap(
      (line) => /^ {2}(\d+x\d+) +24\.000 +\d+ {2}avc1\.\w{6},mp4a/.exec(line)?.[1] ?? [],
    )
    expect(sizes).toEqual(['640x360', '320x180', '160x90'])
  }, 120_000)
})
