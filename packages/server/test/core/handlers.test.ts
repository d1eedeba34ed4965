import { MediaMessage } from '@rtmp/e-rtmp'
import { describe as group, expect, test } from 'vitest'
import { accept, type Accept, type Decision, redirect, reject } from '../../src/contract/decision.ts'
import { encoderOf } from '../../src/contract/encoder.ts'
import type { PublishContext } from '../../src/contract/contexts.ts'
import type { ServerHandler } from '../../src/contract/handler.ts'
import { chainHandlers } from '../../src/handlers/chain.ts'
import { loggingHandler } from '../../src/handlers/logging.ts'
import { keyFrame } from '../../../live/test/arrange.ts'
import { begin } from './peer.ts'

const context = { streamName: 'secret' } as PublishContext
const tag = new MediaMessage(9, 0, new Uint8Array(1))

group('chained handlers', () => {
  test('are asked in turn until one refuses', async () => {
    const asked: string[] = []
    const asking = (name: string, decision: Decision): ServerHandler => ({
      publish: ({ streamName }) => {
        asked.push(`${name} ${streamName}`)
        return decision
      },
    })
    const no = reject('no')
    const there = redirect('rtmp://there')
    expect(
      chainHandlers(asking('a', undefined), asking('b', no), asking('c', undefined)).publish?.(context),
    ).toBe(no)
    expect(chainHandlers(asking('d', there), asking('e', no)).publish?.(context)).toBe(there)
    expect(asked).toEqual(['a secret', 'b secret', 'd secret'])
    const later: ServerHandler = { publish: () => Promise.resolve(no) }
    expect(await chainHandlers(later, asking('f', undefined)).publish?.(context)).toBe(no)
    expect(asked).toHaveLength(3)
  })

  test('see the name that the one before has given, and their grants hold together', async () => {
    const seen: string[] = []
    const naming = (decision: Accept | undefined, wait: boolean): ServerHandler => ({
      publish: ({ streamName }) => {
        seen.push(streamName)
        return wait ? Promise.resolve(decision) : decision
      },
    })
    const first = new AbortController()
    const second = new AbortController()
    const chained = chainHandlers(
      naming(
        accept({ streamName: 'public', limits: { players: 5, durationMs: 10 }, signal: first.signal }),
        false,
      ),
      naming(undefined, true),
      naming(
        accept({
          limits: { players: 3 },
          signal: second.signal,
          recheck: { everyMs: 9, check: () => undefined },
        }),
        true,
      ),
      naming(accept({ recheck: { everyMs: 5, check: () => Promise.resolve(reject('over')) } }), false),
    )
    const decision = await chained.publish?.(context)
    expect(seen).toEqual(['secret', 'public', 'public', 'public'])
    expect(decision).toMatchObject({
      kind: 'accept',
      streamName: 'public',
      limits: { players: 3, durationMs: 10 },
    })
    if (decision?.kind !== 'accept') throw new Error('refused')
    expect(decision.recheck?.everyMs).toBe(5)
    expect(await decision.recheck?.check()).toMatchObject({ description: 'over' })
    second.abort()
    expect(decision.signal?.aborted).toBe(true)
  })

  test('have only the hooks that one of them has, and keep their own delivery', () => {
    expect(Object.keys(chainHandlers({}, { publish: () => undefined }))).toEqual(['publish'])
    const heard: string[] = []
    const media = (name: string, mediaDelivery: 'raw' | 'parsed'): ServerHandler => ({
      mediaDelivery,
      mediaTag: () => void heard.push(`${name} tag`),
      videoFrame: () => void heard.push(`${name} frame`),
    })
    const { peer } = begin({ handler: [media('a', 'raw'), media('b', 'parsed')] })
    peer().publish().video(0, keyFrame(1))
    expect(heard).toEqual(['a tag', 'b frame'])
  })

  test('show each what the one before has left of a message', () => {
    const chained = chainHandlers(
      { mediaTag: () => ({ timestamp: 5 }) },
      { mediaTag: (_context, { timestamp }) => timestamp === 5 },
      { mediaTag: () => ({ payload: new Uint8Array(7) }) },
    )
    expect(chained.mediaTag?.(context, tag)).toMatchObject({ timestamp: 5, payload: { length: 7 } })
    expect(chainHandlers({ mediaTag: () => false }, { mediaTag: () => true }).mediaTag?.(context, tag)).toBe(
      false,
    )
    expect(chainHandlers({ mediaTag: () => undefined }).mediaTag?.(context, tag)).toBe(true)
  })

  test('are all told, also when one throws', async () => {
    const told: string[] = []
    const failing: ServerHandler = {
      unpublish: () => {
        throw new Error('first')
      },
    }
    const chained = chainHandlers(failing, { unpublish: async () => void told.push('second') }, failing)
    const all = chained.unpublish?.(context, 'kicked')
    expect(told).toEqual(['second'])
    await expect(all).rejects.toThrow('Error: first; Error: first')
    expect(() => chainHandlers(failing, {}, failing).unpublish?.(context, 'kicked')).toThrow('first')
    const rejecting = chainHandlers({ unpublish: () => Promise.reject(new Error('later')) })
    await expect(rejecting.unpublish?.(context, 'kicked')).rejects.toThrow('later')
  })

  test('admit a connection only when all do, and the first answer to a call counts', async () => {
    const info = context.connection
    expect(chainHandlers({ connection: () => true }, { connection: () => false }).connection?.(info)).toBe(
      false,
    )
    expect(
      await chainHandlers({ connection: () => Promise.resolve() }, { connection: () => false }).connection?.(
        info,
      ),
    ).toBe(false)
    expect(
      await chainHandlers(
        { connection: () => Promise.resolve(false) },
        { connection: () => true },
      ).connection?.(info),
    ).toBe(false)
    const calls = chainHandlers({ call: () => undefined }, { call: () => [1] }, { call: () => [2] })
    expect(await calls.call?.({} as never)).toEqual([1])
  })

  test('a method keeps its `this`', () => {
    class Mine implements ServerHandler {
      readonly names: string[] = []
      publish({ streamName }: PublishContext): void {
        this.names.push(streamName)
      }
    }
    const mine = new Mine()
    void chainHandlers(mine).publish?.(context)
    expect(mine.names).toEqual(['secret'])
  })
})

test('the logging handler writes a line for what happens', () => {
  const lines: string[] = []
  const { peer, core } = begin({ handler: [loggingHandler((text) => lines.push(text)), {}] })
  const client = peer().connect()
  client.session.announce('FCPublish', 'key')
  client.session.createStream()
  client.pump().session.publish(1, { streamName: 'key' })
  client.pump().session.sendData(1, 0, '@setDataFrame', 'onMetaData', { width: 1 })
  client.pump()
  client.play('other', 2)
  client.session.pause(2, true, 0)
  client.session.pause(2, false, 0)
  client.pump().leave()
  const id = `${core.instance}-1`
  expect(lines).toEqual([
    `${id} connects from 192.0.2.7`,
    `${id} has done the plain handshake`,
    `${id} wants app live`,
    `${id} announces live/key`,
    `${id} wants to publish live/key`,
    `${id} has metadata for live/key`,
    `${id} wants to play live/other`,
    `${id} pauses live/other`,
    `${id} goes on with live/other`,
    `${id} (transportClosed) publishes no more live/key`,
    `${id} (transportClosed) plays no more live/other`,
    `${id} has gone: the client closed the connection`,
  ])
})

test.each([
  ['FMLE/3.0 (compatible; FMSc/1.0)', 'obs'],
  ['FMLE/3.0 (compatible; obs-studio/30.0.0; FMSc/1.0)', 'obs'],
  ['FMLE/3.0 (compatible; Lavf60.16.100)', 'ffmpeg'],
  ['LNX 9,0,124,2', 'flash'],
  ['WIN 11,5,502,146', 'flash'],
  ['Wirecast/FM 1.0', 'wirecast'],
  ['XSplit/1.0', 'xsplit'],
  ['Larix/1.0', 'larix'],
  ['FMLE/3.0 (compatible; vMix)', 'vmix'],
  ['FMLE/3.2.0', 'fmle'],
  ['something else', 'other'],
  ['', 'unknown'],
  [undefined, 'unknown'],
])('%s speaks of %s', (flashVer, encoder) => {
  expect(encoderOf(flashVer)).toBe(encoder)
})
