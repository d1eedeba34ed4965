import { TagType } from '@rtmp/flv'
import { encodeScriptData } from '@rtmp/flv/script'
import { expect, test } from 'vitest'
import { MediaMessage } from '../src/index.ts'

const data = (payload: Uint8Array): MediaMessage => new MediaMessage(TagType.script, 0, payload, 'onMetaData')

test('properties are a copy of what onMetaData says, and nothing where that is no object or broken', () => {
  const payload = encodeScriptData('onMetaData', [{ width: 640, encoder: 'x' }])
  const message = data(payload)
  expect(message.properties).toEqual({ width: 640, encoder: 'x' })
  message.properties['width'] = 1
  expect(message.properties['width']).toBe(640)
  for (const other of [[], ['text'], [null], [[1]]]) {
    expect(data(encodeScriptData('onMetaData', other)).properties).toEqual({})
  }
  const cut = data(payload.subarray(0, -6))
  expect(() => cut.values).toThrow(expect.objectContaining({ name: 'DecodeError' }))
  expect(cut.properties).toEqual({})
  expect(new MediaMessage(TagType.video, 0, Uint8Array.of(0x17, 1, 0, 0, 0, 9)).properties).toEqual({})
})

test('readable frames are the frames, and none of a broken message', () => {
  const whole = new MediaMessage(TagType.video, 40, Uint8Array.of(0x17, 1, 0, 0, 0, 9))
  expect(whole.readableFrames()).toEqual(whole.frames())
  expect(whole.readableFrames()).toHaveLength(1)
  const broken = new MediaMessage(TagType.video, 40, Uint8Array.of(0x96, 0x00, 0x68))
  expect(() => broken.frames()).toThrow(expect.objectContaining({ name: 'DecodeError' }))
  expect(broken.readableFrames()).toEqual([])
})
