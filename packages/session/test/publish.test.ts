import { describe, expect, it } from 'vitest'
import { kinds, only, Pair } from './support.ts'

describe('publishing', () => {
  it('goes from the handshake to the end, both sides agreeing', () => {
    const pair = new Pair().acceptAll().connect()
    pair.client.announce('releaseStream', 'key')
    pair.client.announce('FCPublish', 'key')
    const id = pair.createStream()
    pair.client.publish(id, { streamName: 'key?token=1' })
    pair.settle()
    pair.client.sendMedia(id, { typeId: 9, timestamp: 40, payload: Uint8Array.of(0x17, 1, 0, 0, 0, 1, 2, 3) })
    pair.settle()
    pair.client.announce('FCUnpublish', 'key')
    pair.client.deleteStream(id)
    pair.settle()
    pair.client.close()
    pair.server.transportClosed('transportClosed', 1)
    pair.settle()
    expect(kinds(pair.serverEvents)).toEqual([
      'handshakeComplete',
      'chunkSizeChanged',
      'connectRequested',
      'releaseStream',
      'fcPublishRequested',
      'streamCreated',
      'publishRequested',
      'media',
      'publishEnded',
      'fcUnpublish',
      'streamDeleted',
      'closed',
    ])
    expect(kinds(pair.clientEvents)).toEqual([
      'handshakeComplete',
      'chunkSizeChanged',
      'streamBegin',
      'connected',
      'status',
      'streamCreated',
      'streamBegin',
      'publishStarted',
      'publishEnded',
      'streamDeleted',
      'status',
      'status',
      'closed',
    ])
    expect(only(pair.serverEvents, 'publishRequested')[0]).toMatchObject({
      app: 'live',
      streamName: 'key',
      query: { token: '1' },
    })
  })
})
