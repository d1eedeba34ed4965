import { encodeAmf0 } from '@rtmp/amf0'
import { concat } from '@rtmp/bytes'
import { createServer } from '@rtmp/server'
import { fromHex } from '@rtmp/testkit'
import { expect, onTestFinished, test, vi } from 'vitest'
import { LightClient } from './light-client.ts'

test('metadata that a publisher sends in AMF3 reach players as plain AMF0, late joiners too', async () => {
  const server = createServer({ rtmp: { port: 0, host: '127.0.0.1' } })
  await server.listen()
  onTestFinished(async () => server.destroy())
  const port = server.address()?.port ?? 0
  const watch = async (): Promise<LightClient> => {
    const viewer = await new LightClient(port).open()
    await viewer.play('show')
    return viewer
  }
  const camera = await new LightClient(port).open()
  const id = await camera.publish('show')
  const early = await watch()
  // Type 15 with its format byte, as Flash sends it: AMF0, and the object behind the AVM+ marker.
  const metadata = fromHex('11 0a0b01 0b7769647468 048a00 0f656e636f646572 0607616263 01')
  const payload = concat([Uint8Array.of(0), encodeAmf0(['onMetaData']), metadata])
  camera.session.sendMessage({ csid: 4, typeId: 15, messageStreamId: id, timestamp: 0, payload })
  camera.send(id, 9, 0, Uint8Array.of(0x17, 1, 0, 0, 0, 1, 2, 3))
  camera.settle()
  const late = await watch()
  for (const viewer of [early, late]) {
    await vi.waitFor(() => expect(viewer.media.length).toBeGreaterThan(0))
    const told = viewer.data.filter(({ name }) => name === 'onMetaData')
    expect(told.map(({ values }) => values)).toEqual([[{ width: 1280, encoder: 'abc' }]])
    // Behind the name comes an AMF0 array, not the marker that FFmpeg stops at.
    expect(told[0]?.payload[13]).toBe(8)
  }
})
