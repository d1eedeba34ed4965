// A publish over HTTP: what of its body is kept, counted as long as it is.
import { encodeFlvHeader, encodeFlvTag, TagType } from '@rtmp/flv'
import { expect, test } from 'vitest'
import { PublishBody } from '../../src/web/publish-body.ts'

const MiB = 1024 * 1024
const SLICE = 64 * 1024

test('a tag that is begun and not finished is kept, and what is kept is known', () => {
  const body = new PublishBody(16 * MiB)
  body.push(encodeFlvHeader({ hasVideo: true }))
  const tag = encodeFlvTag({
    typeId: TagType.video,
    timestamp: 0,
    payload: new Uint8Array(8 * MiB).fill(0x17),
  })
  for (let at = 0; at < tag.length - 1; at += SLICE) {
    body.push(tag.slice(at, Math.min(at + SLICE, tag.length - 1)))
    expect(body.read()).toBeUndefined()
    const came = Math.min(at + SLICE, tag.length - 1)
    expect(body.waitingBytes).toBeGreaterThanOrEqual(came)
    expect(body.heldBytes).toBeGreaterThanOrEqual(came)
    expect(body.heldBytes).toBeLessThan(came * 2 + MiB)
  }
  body.push(tag.slice(-1))
  expect(body.read()?.kind).toBe('media')
  expect(body.read()).toBeUndefined()
  expect(body.waitingBytes).toBeLessThan(16)
})

test('what has not been looked at is kept, too', () => {
  const body = new PublishBody(MiB)
  for (let i = 0; i < 10; i++) body.push(new Uint8Array(SLICE))
  // A slice costs more than its bytes: a stranger may send them one by one.
  expect([body.waitingBytes, body.heldBytes]).toEqual([10 * SLICE, 10 * (SLICE + 96)])
})
