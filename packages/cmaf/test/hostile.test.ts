// Whatever a peer puts into its headers and frames: nothing is thrown, and what is written stays well formed.
import { mutate, SeededRandom } from '@rtmp/testkit'
import { expect, test } from 'vitest'
import { CmafWriter } from '../src/index.ts'
import { readBoxes, readSamples } from './support/read-mp4.ts'
import { cutEvery, framesOf, joined, SAMPLES } from './support/stream.ts'

test.each(SAMPLES)('%s with changed bytes in headers and frames', async (name) => {
  const frames = (await framesOf(name)).slice(0, 60)
  const random = new SeededRandom(0x434d4146)
  let faults = 0
  for (let round = 0; round < 60; round++) {
    const broken = frames.map((frame) =>
      frame.type !== 'coded' || random.below(10) === 0
        ? { ...frame, payload: mutate(frame.payload, random) }
        : frame,
    )
    const writer = new CmafWriter({
      onFault: ({ code }) => {
        expect(code).not.toBe('')
        faults += 1
      },
    })
    const file = joined(cutEvery(1 + random.below(20), broken, writer))
    readBoxes(file)
    const { beforeHeader, empty, unsupported, broken: unreadable } = writer.dropped
    const coded = frames.filter(({ type }) => type === 'coded').length
    expect(readSamples(file).length + beforeHeader + empty + unsupported + unreadable).toBe(coded)
  }
  expect(faults).toBeGreaterThan(0)
})
