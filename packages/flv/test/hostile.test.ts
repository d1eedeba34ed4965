import { isDecodeError } from '@rtmp/bytes'
import { mutate, readRepoFile, SeededRandom } from '@rtmp/testkit'
import { describe, expect, test } from 'vitest'
import {
  decodeFlv,
  encodeFlvHeader,
  encodeFlvTag,
  FlvReader,
  FlvWriter,
  flvEncoderStream,
} from '../src/index.ts'

describe('hostile input', () => {
  test('two thousand damaged files: tags or a typed error, never more bytes than there are', async () => {
    const seed = (await readRepoFile('media/h264-aac.flv')).subarray(0, 6000)
    const random = new SeededRandom(11)
    for (let run = 0; run < 2000; run++) {
      const bytes = mutate(seed, random)
      try {
        const tags = decodeFlv(bytes, { header: random.chance(0.5) ? 'optional' : 'required' })
        expect(tags.reduce((sum, tag) => sum + tag.payload.length + 11, 0)).toBeLessThanOrEqual(bytes.length)
      } catch (error) {
        expect(isDecodeError(error) && error.phase).toBe('flv')
      }
    }
  })

  test('an announced tag of 16 MB takes no memory before it is there', () => {
    const reader = new FlvReader()
    const tag = encodeFlvTag({ typeId: 9, timestamp: 0, payload: new Uint8Array(10) })
    tag.set([0xff, 0xff, 0xff], 1)
    reader.push(encodeFlvHeader())
    reader.push(tag)
    expect(reader.read()).toBeUndefined()
    reader.push(new Uint8Array(1000))
    expect(reader.read()).toBeUndefined()
    reader.end()
    expect(reader.read()).toBeUndefined()
    expect(reader.truncated).toBe(true)
  })
})

test('writers of streams refuse bad tags as plain writers do', async () => {
  const { writable, readable } = flvEncoderStream()
  const reading = readable.getReader()
  await reading.read()
  const bad = { typeId: 99, timestamp: 0, payload: new Uint8Array(0) }
  const outcomes = await Promise.allSettled([reading.read(), writable.getWriter().write(bad)])
  for (const outcome of outcomes) {
    expect(outcome.status === 'rejected' && String(outcome.reason)).toContain('FLV_FIELD_RANGE at typeId')
  }
  expect(() => new FlvWriter().write(bad)).toThrow('FLV_FIELD_RANGE at typeId')
})
