import { cutPath } from '@rtmp/message'
import fc from 'fast-check'
import { describe as group, expect, test, vi } from 'vitest'
import { signToken, tokenAccess } from '../../src/access/signed-token.ts'
import { tableAccess } from '../../src/access/table.ts'
import type { PlayContext, PublishContext } from '../../src/contract/contexts.ts'
import { accept } from '../../src/contract/decision.ts'
import { relaysFit } from './relays-fit.ts'
import { begin, type Peer } from './peer.ts'

// Each run is a server with its clients.
fc.configureGlobal({ numRuns: 30 })

/** Every way to send a path: app and name. */
const cutsOf = (path: string): [app: string, name: string][] => {
  const segments = path.split('/')
  return Array.from({ length: segments.length + 1 }, (_, at) => [
    segments.slice(0, at).join('/'),
    segments.slice(at).join('/'),
  ])
}

const paths = fc
  .array(
    fc.stringMatching(/^[a-z%:.-]{1,5}$/).filter((text) => !/^\.{1,2}$/.test(text)),
    { minLength: 1, maxLength: 4 },
  )
  .map((segments) => segments.join('/'))

/** A path, and two ways to send it. */
const twoCuts = paths.chain((path) =>
  fc.tuple(fc.constant(path), fc.constantFrom(...cutsOf(path)), fc.constantFrom(...cutsOf(path))),
)

/** The last code that a client has got once it has got that many. */
const answered = async (peer: Peer, count = 2): Promise<string | undefined> => {
  await vi.waitFor(() => expect(peer.pump().codes.length).toBeGreaterThanOrEqual(count))
  return peer.codes.at(-1)
}

group('a stream is its path', () => {
  test('published in one cut, played in another, ended in a third', () => {
    fc.assert(
      fc.property(twoCuts, ([path, [pubApp, pubName], [playApp, playName]]) => {
        const { peer, core } = begin({})
        const publisher = peer({ app: pubApp }).publish(pubName)
        const player = peer({ app: playApp }).play(playName)
        expect(publisher.codes.at(-1)).toBe('NetStream.Publish.Start')
        expect(player.codes).toContain('NetStream.Play.Start')
        const [stream, ...others] = core.streams()
        expect(others).toEqual([])
        const { app, name } = stream ?? {}
        expect({ app, streamName: name, path: stream?.path }).toEqual(cutPath(path))
        expect(stream?.subscribers).toHaveLength(1)
        const second = peer({ app: playApp }).publish(playName)
        expect(second.codes.at(-1)).toBe('NetStream.Publish.BadName')
        for (const [givenApp, givenName] of cutsOf(path))
          expect(core.registry.find(givenApp, givenName)).toBe(stream)
        expect(core.streamControl.end(playApp, playName)).toBe(true)
        expect([...core.streams()]).toEqual([])
      }),
    )
  })

  test('hooks see the one cut, and what was sent', () => {
    fc.assert(
      fc.property(twoCuts, ([path, [pubApp, pubName], [playApp, playName]]) => {
        const seen: (PublishContext | PlayContext)[] = []
        const { peer } = begin({
          handler: {
            publish: (context) => void seen.push(context),
            play: (context) => void seen.push(context),
          },
        })
        peer({ app: pubApp }).publish(`${pubName}?token=a%2Fb`)
        peer({ app: playApp }).play(playName)
        const place = cutPath(path)
        expect(seen).toHaveLength(2)
        expect(seen[0]).toMatchObject({
          ...place,
          sent: { app: pubApp, streamName: `${pubName}?token=a%2Fb` },
        })
        expect(seen[0]?.query['token']).toBe('a/b')
        expect(seen[1]).toMatchObject({ ...place, sent: { app: playApp, streamName: playName } })
      }),
    )
  })

  test('what an administrator banned stays banned in every cut, and what is played ends', () => {
    fc.assert(
      fc.property(twoCuts, ([path, [app, name], [otherApp, otherName]]) => {
        const { peer, core } = begin({})
        const player = peer({ app }).play(name)
        core.bans.add({ stream: path })
        expect(player.pump().kinds).toContain('playEnded')
        expect(peer({ app: otherApp }).publish(otherName).codes.at(-1)).toBe('NetStream.Publish.Denied')
        expect(peer({ app: otherApp }).play(otherName).codes.at(-1)).toBe('NetStream.Play.StreamNotFound')
      }),
    )
  })

  test('names that no path may have are refused, and leave nothing', () => {
    const { peer, core } = begin({})
    for (const [app, name] of [
      ['live', '..'],
      ['live', 'a/../b'],
      ['live', './a'],
      ['live', 'a//b'],
      ['', ''],
    ] as const) {
      expect(peer({ app }).publish(name).codes.at(-1)).toBe('NetStream.Publish.BadName')
      expect(peer({ app }).play(name).codes.at(-1)).toBe('NetStream.Play.Failed')
    }
    expect(peer({ app: '../admin' }).connect().codes).toEqual(['NetConnection.Connect.InvalidApp'])
    expect(core.registry.size).toBe(0)
  })

  test('a hook renames within the app; a name that cannot be is its mistake', () => {
    let name = 'public'
    const { peer, core, errors } = begin({ handler: { publish: () => accept(name) }, expectsErrors: true })
    peer({ app: '' }).publish('live/key')
    name = 'day/one'
    peer({ app: 'live' }).publish('key')
    expect(Array.from(core.streams(), ({ app, path }) => [app, path])).toEqual([
      ['live', 'live/public'],
      ['live/day', 'live/day/one'],
    ])
    name = '../admin'
    expect(peer().publish('key').codes.at(-1)).toBe('NetStream.Publish.Denied')
    expect(errors).toEqual([expect.stringContaining('the publish hook: ')])
  })

  test('an app has its limit of connections whatever they say at connect', () => {
    fc.assert(
      fc.property(twoCuts, ([, [app, name], [otherApp, otherName]]) => {
        const { peer } = begin({ limits: { connectionsPerApp: 1 } })
        const first = peer({ app }).publish(name)
        const second = peer({ app: otherApp }).connect()
        if (second.codes.at(-1) === 'NetConnection.Connect.Success') {
          second.session.createStream()
          second.pump().session.play(1, { streamName: otherName })
        }
        expect(second.pump().codes).not.toContain('NetStream.Play.Start')
        first.leave()
        second.leave()
        expect(peer({ app: otherApp }).play(otherName).codes).toContain('NetStream.Play.Start')
      }),
    )
  })
})

group('rules cannot be passed by by cutting differently', () => {
  test('access tables and signed tokens', async () => {
    await fc.assert(
      fc.asyncProperty(twoCuts, async ([path, [app, name], [otherApp, otherName]]) => {
        const table = begin({
          handler: tableAccess({
            rules: [{ stream: path, publish: false, play: false }],
            otherwise: 'allow',
          }),
        })
        expect(await answered(table.peer({ app }).publish(name))).toBe('NetStream.Publish.Denied')
        expect(await answered(table.peer({ app: otherApp }).play(otherName))).toBe(
          'NetStream.Play.StreamNotFound',
        )

        const tokens = begin({ handler: tokenAccess({ secrets: ['s'], now: () => 0 }) })
        const token = await signToken({ secret: 's', action: 'publish', app, streamName: name, expires: 60 })
        const publish = (streamName: string): Promise<string | undefined> =>
          answered(tokens.peer({ app: otherApp }).publish(`${streamName}?${token}`))
        expect(await publish(otherName)).toBe('NetStream.Publish.Start')
        expect(await publish(`${otherName}x`)).toBe('NetStream.Publish.Denied')
      }),
      { numRuns: 20 },
    )
  })

  test('relay rules', () => {
    fc.assert(
      fc.property(twoCuts, ([path, [app, name]]) => {
        const { peer, core } = begin({})
        peer({ app }).publish(name)
        const [stream] = core.streams()
        expect(relaysFit(path, stream?.app ?? '', stream?.name ?? '')).toBe(true)
      }),
    )
  })

  test('registrations of one stream and of an app', async () => {
    await fc.assert(
      fc.asyncProperty(twoCuts, async ([path, [app, name], [otherApp, otherName]]) => {
        const { peer, registrations } = begin({})
        registrations.openPortsWith({
          own: () => ({ secure: false }),
          open: () => Promise.reject(new Error('none')),
        })
        const published: string[] = []
        await registrations.listenForPublishers({
          port: 1935,
          app: cutPath(path).app,
          streamName: cutPath(path).streamName,
          approve: ({ path: asked }) => void published.push(asked),
        })
        expect(peer({ app }).publish(name).codes.at(-1)).toBe('NetStream.Publish.Start')
        expect(peer({ app: otherApp }).publish(`${otherName}x`).codes.at(-1)).toBe('NetStream.Publish.Denied')
        expect(published).toEqual([path])
      }),
      { numRuns: 20 },
    )
  })
})

group('aliases of names', () => {
  const played = (published: string, asked: string): string | undefined => {
    const seen: string[] = []
    const { peer } = begin({ handler: { play: ({ path }) => void seen.push(path) } })
    peer().publish(published)
    peer().play(asked)
    return seen[0]
  }

  test.each([
    ['show', 'mp4:show', 'live/show'],
    ['show', 'flv:show', 'live/show'],
    ['show', 'show.flv', 'live/show'],
    ['show', 'mp4:show.mp4', 'live/show'],
    ['mp4:show.mp4', 'show.mp4', 'live/mp4:show.mp4'], // FFmpeg publishes live/show.mp4
    ['show.mp4', 'mp4:show.mp4', 'live/show.mp4'],
    ['mp4:show', 'mp4:show', 'live/mp4:show'],
    ['other', 'mp4:show', 'live/mp4:show'],
    ['a/show', 'mp4:a/show', 'live/a/show'],
  ])('published as %s, asked for as %s: %s', (published, asked, wanted) => {
    expect(played(published, asked)).toBe(wanted)
  })

  test('an exact name goes first, and rules judge the one that was found', () => {
    const { peer } = begin({
      handler: tableAccess({ rules: [{ stream: 'live/secret', play: false }], otherwise: 'allow' }),
    })
    peer().publish('secret')
    peer().publish('mp4:open')
    peer().publish('open')
    for (const asked of ['mp4:secret', 'flv:secret', 'secret.flv', 'mp4:secret.mp4'])
      expect(peer().play(asked).codes).not.toContain('NetStream.Play.Start')
    expect(peer().play('mp4:open').codes).toContain('NetStream.Play.Start')
  })
})
