import { describe as group, expect, test } from 'vitest'
import { reject } from '../../src/contract/decision.ts'
import type { ServerEvents } from '../../src/contract/events.ts'
import type { ServerHandler } from '../../src/contract/handler.ts'
import { HOOK_NAMES, type HookName, HOOKS } from '../../src/contract/hooks.ts'
import { loggingHandler } from '../../src/handlers/logging.ts'
import {
  audioFrame,
  audioHeader,
  interFrame,
  keyFrame,
  trackFrame,
  videoHeader,
} from '../../../live/test/arrange.ts'
import { begin, crypto, type ServerSettings } from './peer.ts'

/** An enhanced audio message: coded Opus. */
const OPUS = Uint8Array.from([0x91, 0x4f, 0x70, 0x75, 0x73, 1, 2, 3])

/** All events, held against the contract by the compiler. */
const EVENTS = {
  connectionOpened: true,
  connected: true,
  connectionClosed: true,
  publishStarted: true,
  publishEnded: true,
  playStarted: true,
  playEnded: true,
  playThrottled: true,
  refused: true,
  turnedAway: true,
  certificatesReloaded: true,
  streamStarted: true,
  firstPlayer: true,
  lastPlayer: true,
  publisherLost: true,
  publisherReturned: true,
  streamEnded: true,
  relayStarted: true,
  relayLost: true,
  relayEnded: true,
  keyFrameMissing: true,
  recordingStarted: true,
  segmentCompleted: true,
  recordingEnded: true,
  recordingInterrupted: true,
  recordingGap: true,
  recordingRepaired: true,
  recordingsExpired: true,
  commandStarted: true,
  commandOutput: true,
  commandEnded: true,
  memoryShed: true,
  stats: true,
  administration: true,
  message: true,
  pingAnswered: true,
  warning: true,
  error: true,
} as const satisfies Record<keyof ServerEvents, true>

/** Longer than every deadline of a session. */
const LONG_MS = 120_000

/** Lets promises that are due resolve, and what follows from them. */
const settled = async (): Promise<void> => {
  for (let i = 0; i < 40; i++) await Promise.resolve()
}

type Server = ReturnType<typeof begin>

/** Does it; what a client may no longer do, because it was refused, it leaves. */
const attempt = async (client: ReturnType<Server['peer']>, act: () => void): Promise<void> => {
  try {
    act()
  } catch {
    // The session says that it may not: that is the outcome, and seen elsewhere.
  }
  client.pump()
  await settled()
  client.pump()
}

/** Everything that hooks are there for, once. */
const live = async ({ peer, advance }: Server): Promise<void> => {
  const publisher = peer({ localPort: 1935 })
  const { session } = publisher
  for (const act of [
    () => publisher.connect(),
    () => session.announce('FCPublish', 'key'),
    () => session.createStream(),
    () => session.publish(1, { streamName: 'key' }),
    () => session.sendData(1, 0, '@setDataFrame', 'onMetaData', { width: 640 }),
    () => session.sendData(1, 0, 'onCuePoint', { name: 'x' }),
    () => publisher.video(0, videoHeader(1)),
    () => publisher.video(0, keyFrame(1)),
    () => publisher.audio(0, audioHeader(1)),
    () => publisher.audio(10, audioFrame(1)),
    () => publisher.video(40, interFrame(2)),
    () => publisher.video(80, trackFrame(1, true, 7)),
    () => publisher.audio(80, OPUS),
  ])
    await attempt(publisher, act)
  const player = peer()
  for (const act of [
    () => player.connect(),
    () => player.session.setBufferLength(1, 500),
    () => player.session.createStream(),
    () => player.session.play(1, { streamName: 'key' }),
    () => player.session.call('greet', 'you'),
    () => player.session.pause(1, true, 10),
    () => player.session.pause(1, false, 10),
    () => player.session.seek(1, 5000),
    () => player.session.play2(1, { streamName: 'other' }),
    () => player.session.receiveAudio(1, false),
    () => player.session.receiveVideo(1, false),
    () => player.session.closeStream(1),
  ])
    await attempt(player, act)
  advance(1000)
  for (const client of [player, publisher]) {
    await attempt(client, () => client.session.deleteStream(1))
    client.leave()
  }
  await settled()
}

const handlerOf = (hook: (name: HookName) => () => unknown): ServerHandler =>
  Object.fromEntries(HOOK_NAMES.map((name) => [name, hook(name)]))

const one = (name: HookName, hook: () => unknown): ServerHandler => ({ [name]: hook })

test('every hook of the table is called, through a chain and behind the log', async () => {
  const first = new Set<HookName>()
  const second = new Set<HookName>()
  const logged = new Set<string>()
  const handler = [
    loggingHandler((_text, { hook }) => logged.add(String(hook))),
    handlerOf((name) => () => void first.add(name)),
    handlerOf((name) => () => void second.add(name)),
  ]
  await live(begin({ handler, statsIntervalMs: 500 }))
  expect([...first].toSorted()).toEqual(HOOK_NAMES.toSorted())
  expect([...second].toSorted()).toEqual(HOOK_NAMES.toSorted())
  expect([...logged].toSorted()).toEqual(Object.keys(loggingHandler(() => {})).toSorted())
})

const FAILURES: readonly (readonly [how: string, hook: () => unknown])[] = [
  [
    'throws',
    () => {
      throw new Error('broken')
    },
  ],
  ['rejects', () => Promise.reject(new Error('broken'))],
  ['rejects with nothing', () => Promise.reject(undefined)],
  [
    'returns what throws when it is waited for',
    () => ({
      // oxlint-disable-next-line unicorn/no-thenable -- this is what is tried
      then: () => {
        throw new Error('broken')
      },
    }),
  ],
]

group.each(FAILURES)('a callback that %s', (_how, hook) => {
  const settings: ServerSettings = { expectsErrors: true, statsIntervalMs: 500 }

  test.each(HOOK_NAMES)(
    'the %s hook: is an error, and the server goes on without what it held',
    async (name) => {
      const server = begin({ ...settings, handler: one(name, hook) })
      await live(server)
      expect(server.errors.join('\n')).toContain(`the ${name} hook`)
      server.advance(LONG_MS)
      expect([server.core.connections.size, server.core.registry.size]).toEqual([0, 0])
    },
  )

  test.each(Object.keys(EVENTS) as (keyof ServerEvents)[])('a listener of %s', async (name) => {
    const last: unknown[] = []
    const { core, errors } = begin({ ...settings, errorListenerFailed: (error) => last.push(error) })
    const heard: unknown[] = []
    core.events.on(name, hook)
    core.events.on(name, (event) => heard.push(event))
    core.events.emit(name, { connection: {}, closed: {} } as never)
    await settled()
    expect(heard).toHaveLength(1)
    const failed = name === 'error' ? last : errors.filter((line) => line.startsWith(`a listener of ${name}`))
    expect(failed).toHaveLength(1)
  })

  test('a tap, a trace, and who is told that its publish was replaced', async () => {
    const server = begin({ ...settings, session: { crypto, trace: () => hook() as void } })
    server.core.tap('live', 'key', () => hook() as void)
    const mine = server.core.inject('live', 'mine', () => hook() as void)
    server.core.streamControl.end('live', 'mine')
    await live(server)
    expect(mine?.ended).toBe(true)
    for (const where of ['the tap on live/key', 'the trace', 'onReplaced of live/mine']) {
      expect(server.errors.some((line) => line.startsWith(where))).toBe(true)
    }
  })

  const PUBLISHER = ['connected', 'stopped', 'metadata', 'message', 'frame'] as const
  const WATCHER = ['connected', 'stopped', 'active', 'inactive'] as const
  test.each([
    ...PUBLISHER.map((name) => ['listenForPublishers', name] as const),
    ...WATCHER.map((name) => ['listenForWatchers', name] as const),
  ])('of a registration: %s, %s', async (kind, name) => {
    const server = begin(settings)
    server.registrations.openPortsWith({
      own: () => ({ secure: false }),
      open: () => Promise.reject(new Error('no ports here')),
    })
    await server.registrations[kind]({ port: 1935, app: 'live', [name]: hook })
    await live(server)
    expect(server.errors.join('\n')).toContain(`a registration's ${name}`)
  })
})

test.each(HOOK_NAMES.filter((name) => ['admit', 'decide', 'answer'].includes(HOOKS[name])))(
  'the %s hook that never answers is an error in the end, and what was asked for is refused',
  async (name) => {
    const never = new Promise(() => {})
    const server = begin({ expectsErrors: true, handler: one(name, () => never) })
    const begun: string[] = []
    for (const event of ['connected', 'publishStarted', 'playStarted'] as const) {
      server.core.events.on(event, () => void begun.push(event))
    }
    const client = server.peer()
    for (const act of [
      () => client.connect(),
      () => client.session.announce('FCPublish', 'key'),
      () => client.session.call('greet'),
      () => client.session.createStream(),
      () => (name === 'play' ? client.session.play(1, { streamName: 'key' }) : undefined),
      () => (name === 'play' ? undefined : client.session.publish(1, { streamName: 'key' })),
    ])
      await attempt(client, act)
    for (let i = 0; i < 4; i++) {
      server.advance(10_000)
      await attempt(client, () => {})
    }
    expect(server.errors).toContain(
      `the ${name} hook: Error: it has not answered in time, and its request was refused`,
    )
    const due = { connection: [], connect: [], call: ['connected', 'publishStarted'] }[name as string] ?? [
      'connected',
    ]
    expect(begun).toEqual(due)
  },
)

group('what is said', () => {
  const NO_DECISIONS: readonly unknown[] = [
    false,
    true,
    'yes',
    {},
    { kind: 'nonsense' },
    { kind: 'accept', streamName: 5 },
    { kind: 'accept', limits: null },
    { kind: 'reject', description: 7 },
    { kind: 'redirect' },
    Promise.resolve(false),
    Promise.resolve({ kind: 'allow' }),
  ]
  const deciding = HOOK_NAMES.filter((name) => HOOKS[name] === 'decide')

  test.each(deciding)('to %s and is no decision lets nobody in', async (name) => {
    for (const said of NO_DECISIONS) {
      const server = begin({ expectsErrors: true, handler: [{}, one(name, () => said)] })
      const begun: string[] = []
      const event = { connect: 'connected', play: 'playStarted' }[name as string] ?? 'publishStarted'
      server.core.events.on(event as keyof ServerEvents, () => void begun.push(event))
      await live(server)
      expect(begun).toEqual([])
      expect(server.errors.join('\n')).toContain('DECISION_INVALID')
    }
  })

  test('to a connection and is no boolean lets nobody in', async () => {
    for (const said of [0, 'no', {}, reject('no'), Promise.resolve('no')]) {
      const server = begin({ expectsErrors: true, handler: one('connection', () => said) })
      await live(server)
      expect(server.errors.join('\n')).toContain('DECISION_INVALID')
      expect(server.closed.map((line) => line.replace(/^\d+ /, ''))).toEqual([
        'refused: the connection hook refused the client',
        'refused: the connection hook refused the client',
      ])
    }
  })

  test('by a mediaTag hook comes at once: a promise ends the publish, with a status and an error that says why', async () => {
    // @ts-expect-error -- a promise is no answer to mediaTag
    const handler: ServerHandler = { mediaTag: async () => Promise.resolve(false) }
    const { peer, errors, core } = begin({ handler: [handler, {}], expectsErrors: true })
    const player = peer().play()
    const publisher = peer().publish()
    const ended: string[] = []
    core.events.on('publishEnded', ({ reason }) => ended.push(reason))
    publisher.video(0, keyFrame(1))
    publisher.pump()
    player.pump()
    await settled()
    expect(errors).toEqual([
      expect.stringMatching(/the mediaTag hook: .*must answer at once.*HOOK_NOT_AT_ONCE/),
    ])
    expect(ended).toEqual(['closed'])
    expect(publisher.codes.at(-1)).toBe('NetStream.Publish.Rejected')
    expect(player.texts).toEqual([])
  })

  test('by a mediaTag hook and fits no message drops it, and is an error', () => {
    const handler = { mediaTag: () => ({ payload: 'text' }) } as unknown as ServerHandler
    const { peer, errors } = begin({ handler, expectsErrors: true })
    const player = peer().play()
    peer().publish().video(0, keyFrame(1))
    player.pump()
    expect(player.texts).toEqual([])
    expect(errors).toEqual([expect.stringContaining('MEDIA_TAG_INVALID')])
  })
})
