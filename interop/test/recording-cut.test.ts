// A sample of what `npm run durability` tries with a thousand cuts.
import { expect, test } from 'vitest'
import { ffmpeg } from '../src/clients/ffmpeg.ts'
import { cutRecordings } from '../src/durability/cut-recordings.ts'
import { Scratch } from '../src/scratch.ts'
import { describeWith } from './support/describe-with.ts'

describeWith([ffmpeg], 'recordings cut at random bytes', () => {
  test('play, and whole again they lack nothing that was whole', { timeout: 60_000 }, async () => {
    const scratch = await Scratch.make()
    const { files, problems } = await cutRecordings(scratch.path, 20, Math.random)
    expect(problems).toEqual([])
    expect(files).toBe(20)
    await scratch.remove()
  })
})
