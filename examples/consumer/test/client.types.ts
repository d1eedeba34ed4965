import {
  type CallReply,
  isRtmpClientError,
  type MediaMessage,
  play,
  publish,
  pushTo,
  type RtmpPlayer,
  type RtmpPublisher,
  saveFlv,
} from '@rtmp/client'
import { publish as publishFromPage } from '@rtmp/client/web'
import { expectTypeOf } from 'vitest'

const program = async (): Promise<void> => {
  try {
    const publisher = await publish('rtmp://localhost/live/key', {
      reconnect: { tries: 5 },
      onCall: ({ name }) => name,
      signal: AbortSignal.timeout(1000),
    })
    expectTypeOf(publisher).toEqualTypeOf<RtmpPublisher>()
    await publisher.write({ kind: 'video', codec: 'hevc', type: 'coded', dts: 0, payload: new Uint8Array(4) })
    publisher.on('retrying', ({ error, delayMs }) => expectTypeOf([error.code, delayMs]).toBeArray())
    expectTypeOf(publisher.server.call('name')).resolves.toEqualTypeOf<CallReply>()
    // @ts-expect-error -- the connection behind it is its own
    void publisher.server.connected
    // @ts-expect-error -- the connection behind it is its own
    void publisher.link
    // @ts-expect-error -- a frame says what it is
    await publisher.write({ payload: new Uint8Array(4) })
    const board = publisher.server.sharedObject('scores')
    board.on('change', ({ property, value }) => expectTypeOf([property, value]).toBeArray())
    // @ts-expect-error -- what the server says of it is not for others to say
    void board.take
    await publisher.end()
  } catch (error) {
    if (!isRtmpClientError(error)) throw error
    expectTypeOf(error.canRetry).toBeBoolean()
    // @ts-expect-error -- no such code
    if (error.code === 'GONE') throw error
  }
  const player = play('rtmp://localhost/live/key', { start: 'live' })
  expectTypeOf(player).toEqualTypeOf<RtmpPlayer>()
  const many = pushTo([
    'rtmp://one/live/key',
    { url: 'rtmps://two/live/key', user: 'me', password: 'secret' },
  ])
  for await (const packet of player) {
    expectTypeOf(packet).toEqualTypeOf<MediaMessage>()
    await many.write(packet)
  }
  await saveFlv(play('rtmp://localhost/live/key'), 'recording.flv', { maxMs: 60_000 })
  await publishFromPage('ws://localhost:8000/rtmp', { dial: 'ws://localhost:8000/rtmp' })
}

// @ts-expect-error -- an option that is not there
void publish('rtmp://localhost/live/key', { reconect: true })

export { program }
