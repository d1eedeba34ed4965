import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type ClientEvent,
  ClientSession,
  type ServerEvent,
  ServerSession,
  type Session,
} from '../src/index.ts'
import { crypto, isRequest, output } from './support.ts'

/*
 * A client and a server joined in memory, driven by random legal and illegal commands from both sides, with time that
 * passes and bytes that arrive in any pieces. Whatever happens:
 *
 * - once all bytes have arrived, both sides agree on every message stream;
 * - every request of the client, and every request for a decision, ends exactly once;
 * - every publish and play that began ends exactly once;
 * - `closed` is the last event, once, and nothing is left pending;
 * - a timer that is set anew only when `deadlinesMade` has grown is never late.
 */

const STREAMS = 3
const media = (size: number): Uint8Array => new Uint8Array(size).fill(0x27)

/** One direction: what was said and has not arrived. */
class Pipe<Event extends { readonly kind: string }> {
  readonly from: Session<unknown>
  readonly to: Session<Event>
  readonly events: Event[] = []
  #bytes = new Uint8Array(0)

  constructor(from: Session<unknown>, to: Session<Event>) {
    this.from = from
    this.to = to
  }

  get isEmpty(): boolean {
    return this.#bytes.length === 0 && !this.from.hasOutput
  }

  /** Lets up to `count` bytes arrive. */
  deliver(count: number, now: number): void {
    const said = output(this.from)
    const all = new Uint8Array(this.#bytes.length + said.length)
    all.set(this.#bytes)
    all.set(said, this.#bytes.length)
    const size = Math.min(count, all.length)
    if (size > 0) {
      const borrowed = all.slice(0, size)
      this.to.receive(borrowed, now)
      this.drain()
      borrowed.fill(0xee)
    }
    this.#bytes = all.slice(size)
    this.drain()
  }

  drain(): void {
    for (let event = this.to.nextEvent(); event !== undefined; event = this.to.nextEvent())
      this.events.push(event)
  }
}

/** The timer of a host that asks for the next timeout no more often than it must. */
class LazyTimer {
  readonly #session: Session<unknown>
  #made = -1
  #at = Number.POSITIVE_INFINITY

  constructor(session: Session<unknown>) {
    this.#session = session
  }

  /** When it comes back. */
  dueAt(): number {
    const next = this.#session.nextTimeout() ?? Number.POSITIVE_INFINITY
    if (this.#session.deadlinesMade !== this.#made) this.#at = Math.min(this.#at, next)
    this.#made = this.#session.deadlinesMade
    expect(this.#at, 'the timer is late').toBeLessThanOrEqual(next)
    return this.#at
  }

  fire(now: number): void {
    this.#at = Number.POSITIVE_INFINITY
    this.#session.handleTimeout(now)
  }
}

class World {
  now = 0
  readonly client = new ClientSession({ crypto })
  readonly server = new ServerSession({ crypto })
  readonly up = new Pipe<ServerEvent>(this.client, this.server)
  readonly down = new Pipe<ClientEvent>(this.server, this.client)
  readonly timers = [new LazyTimer(this.client), new LazyTimer(this.server)]
  readonly asked: number[] = []
  readonly decided = new Map<number, 'accept' | 'reject'>()
  /** Streams that were closed by the client and may still hear of what they did before. */
  readonly dirty = new Set<number>()

  /** Requests for a decision that have been neither decided nor withdrawn. */
  get undecided(): number[] {
    const withdrawn = new Set(
      this.up.events.flatMap((event) => (event.kind === 'requestWithdrawn' ? [event.requestId] : [])),
    )
    return this.requested.filter((id) => !this.decided.has(id) && !withdrawn.has(id))
  }

  get requested(): number[] {
    return this.up.events.flatMap((event) => {
      if (isRequest(event)) return [event.requestId]
      return event.kind === 'commandReceived' && event.requestId !== undefined ? [event.requestId] : []
    })
  }

  decide(index: number, how: 'accept' | 'reject', close: boolean): void {
    const { undecided } = this
    const id = undecided[index % undecided.length]
    if (id === undefined) return
    expect(how === 'accept' ? this.server.accept(id) : this.server.reject(id, { close })).toBe(true)
    this.decided.set(id, how)
    expect(this.server.accept(id), 'a second decision changes nothing').toBe(false)
    expect(this.server.reject(id), 'a second decision changes nothing').toBe(false)
    this.up.drain()
  }

  advance(ms: number): void {
    const target = this.now + ms
    for (;;) {
      const due = Math.min(...this.timers.map((timer) => timer.dueAt()))
      if (due > target) break
      this.now = Math.max(this.now, due)
      for (const timer of this.timers) if (timer.dueAt() <= this.now) timer.fire(this.now)
      this.up.drain()
      this.down.drain()
    }
    this.now = target
  }

  /** Everything arrives; both must agree. */
  quiesce(): void {
    for (let round = 0; !this.up.isEmpty || !this.down.isEmpty; round++) {
      expect(round, 'the two never stop talking').toBeLessThan(100)
      this.up.deliver(Infinity, this.now)
      this.down.deliver(Infinity, this.now)
    }
    this.dirty.clear()
    if (this.server.state === 'closed') this.client.transportClosed('transportClosed', this.now)
    if (this.client.state === 'closed') this.server.transportClosed('transportClosed', this.now)
    this.up.drain()
    this.down.drain()
    for (let id = 1; id <= 70; id++) {
      expect(`${id} ${this.client.streamState(id)}`).toBe(`${id} ${this.server.streamState(id)}`)
    }
    expect(this.client.stats.messageStreams).toBe(this.server.stats.messageStreams)
    expect(this.server.stats.pendingRequests).toBe(this.undecided.length)
    expect(this.client.stats.pendingCalls).toBe(this.asked.length - this.answered.length)
  }

  /** Ids of the client's requests that have ended, once for each end. */
  get answered(): number[] {
    return this.down.events.flatMap((event) => {
      if (!('requestId' in event) || event.requestId === undefined || event.kind === 'commandReceived')
        return []
      return event.kind === 'requestWithdrawn' && event.request === 'command' ? [] : [event.requestId]
    })
  }

  finish(): void {
    this.quiesce()
    this.client.close()
    this.quiesce()
    expect(this.answered.toSorted((a, b) => a - b)).toEqual(this.asked)
    expect(this.undecided).toEqual([])
    const count = (events: readonly { readonly kind: string }[], kind: string): number =>
      events.filter((event) => event.kind === kind).length
    expect(count(this.down.events, 'publishEnded')).toBe(count(this.down.events, 'publishStarted'))
    expect(count(this.down.events, 'playEnded')).toBe(count(this.down.events, 'playStarted'))
    const accepted = (kind: string): number =>
      this.up.events.filter(
        (event) => event.kind === kind && isRequest(event) && this.decided.get(event.requestId) === 'accept',
      ).length
    expect(count(this.up.events, 'publishEnded')).toBe(accepted('publishRequested'))
    expect(count(this.up.events, 'playEnded')).toBe(accepted('playRequested'))
    for (const { events, to } of [this.up, this.down]) {
      expect(count(events, 'closed')).toBe(1)
      expect(events.at(-1)?.kind).toBe('closed')
      expect(to.stats).toMatchObject({ pendingRequests: 0, pendingCalls: 0, heldBytes: 0, messageStreams: 0 })
    }
  }
}

type Model = Record<string, never>

/** A step that any state allows: it looks at the world and does what is possible. */
class Step implements fc.Command<Model, World> {
  readonly #text: string
  readonly #run: (world: World) => void
  constructor(text: string, run: (world: World) => void) {
    this.#text = text
    this.#run = run
  }
  check(): boolean {
    return true
  }
  run(_model: Model, world: World): void {
    this.#run(world)
    world.up.drain()
    world.down.drain()
  }
  toString(): string {
    return this.#text
  }
}

const id = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(1, 2) },
  { weight: 1, arbitrary: fc.constant(STREAMS) },
)
/** Everything arrives, and whatever is asked for is granted. */
const grantAll = (world: World): void => {
  world.quiesce()
  while (world.undecided.length > 0) world.decide(0, 'accept', false)
  world.quiesce()
}
const name = fc.constantFrom('a', 'b', 'c?k=v')
const connected = ({ client }: World): boolean => client.state === 'connected'
const ask = (world: World, requestId: number): void => {
  if (requestId !== 0) world.asked.push(requestId)
}
const usable = (world: World, stream: number, states: readonly string[]): boolean =>
  connected(world) && !world.dirty.has(stream) && states.includes(world.client.streamState(stream))

const steps = [
  fc
    .record({ up: fc.boolean(), count: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constant(Infinity)) })
    .map(
      ({ up, count }) =>
        new Step(`deliver ${up ? 'up' : 'down'} ${count}`, (world) =>
          (up ? world.up : world.down).deliver(count, world.now),
        ),
    ),
  fc
    .oneof({ weight: 5, arbitrary: fc.nat({ max: 3000 }) }, { weight: 1, arbitrary: fc.constant(35_000) })
    .map((ms) => new Step(`advance ${ms}`, (world) => world.advance(ms))),
  fc.constant(new Step('quiesce', (world) => world.quiesce())),
  fc.constant(
    new Step('connect', (world) => {
      const { state, stats } = world.client
      const fresh = state === 'handshaking' || (state === 'awaitingConnect' && stats.pendingCalls === 0)
      if (fresh && world.asked.length === 0)
        ask(world, world.client.connect({ app: 'live', tcUrl: 'rtmp://h/live' }))
    }),
  ),
  fc.constant(
    new Step('createStream', (world) => {
      if (connected(world) && world.client.stats.messageStreams < STREAMS)
        ask(world, world.client.createStream())
    }),
  ),
  fc.record({ id, name }).map(
    ({ id, name }) =>
      new Step(`publish ${id} ${name}`, (world) => {
        if (usable(world, id, ['idle'])) ask(world, world.client.publish(id, { streamName: name }))
      }),
  ),
  fc.record({ id, name }).map(
    ({ id, name }) =>
      new Step(`play ${id} ${name}`, (world) => {
        if (usable(world, id, ['idle', 'playing'])) ask(world, world.client.play(id, { streamName: name }))
      }),
  ),
  id.map(
    (id) =>
      new Step(`closeStream ${id}`, (world) => {
        if (!connected(world)) return
        if (world.client.streamState(id) !== 'deleted') world.dirty.add(id)
        world.client.closeStream(id)
      }),
  ),
  id.map(
    (id) =>
      new Step(`deleteStream ${id}`, (world) => {
        if (connected(world)) world.client.deleteStream(id)
      }),
  ),
  fc.record({ id, size: fc.nat({ max: 300 }) }).map(
    ({ id, size }) =>
      new Step(`media up ${id} ${size}`, (world) => {
        world.client.sendMedia(id, { typeId: 9, timestamp: world.now, payload: media(size) })
      }),
  ),
  // Media and commands that the state does not allow, from a client that does not care.
  fc.record({ id, type: fc.constantFrom(8, 9, 18, 22, 99), size: fc.nat({ max: 60 }) }).map(
    ({ id, type, size }) =>
      new Step(`anything up ${id} type ${type} ${size}`, (world) => {
        if (connected(world))
          world.client.sendMessage({
            csid: 9,
            typeId: type,
            messageStreamId: id,
            timestamp: 1,
            payload: media(size),
          })
      }),
  ),
  fc
    .record({
      id: fc.integer({ min: 200, max: 205 }),
      command: fc.constantFrom(
        'publish',
        'play',
        'closeStream',
        'deleteStream',
        'pause',
        'seek',
        'play2',
        'connect',
        'nonsense',
      ),
      value: fc.constantFrom<unknown>('x', false, 99, null),
    })
    .map(
      ({ id, command, value }) =>
        new Step(`command ${command} on ${id}`, (world) => {
          if (connected(world)) world.client.notify(id, command, command === 'deleteStream' ? 99 : value)
        }),
    ),
  fc.record({ id, kind: fc.constantFrom('pause', 'seek', 'play2', 'receiveVideo') }).map(
    ({ id, kind }) =>
      new Step(`${kind} ${id}`, (world) => {
        if (!usable(world, id, ['idle', 'playing', 'playRequested'])) return
        if (kind === 'pause') world.client.pause(id, true, 1)
        else if (kind === 'seek') world.client.seek(id, 1)
        else if (kind === 'play2') world.client.play2(id, { streamName: 'other' })
        else world.client.receiveVideo(id, false)
      }),
  ),
  fc.constant(
    new Step('call', (world) => {
      if (connected(world)) ask(world, world.client.call('question', 1))
    }),
  ),
  fc.constant(
    new Step('server calls', (world) => {
      if (world.server.state === 'connected') world.server.call('question', 1)
    }),
  ),
  fc.constant(new Step('grant all', grantAll)),
  fc.constant(new Step('grant all', grantAll)),
  fc.constant(new Step('grant all', grantAll)),
  fc.nat().map((index) => new Step('accept', (world) => world.decide(index, 'accept', false))),
  fc
    .record({ index: fc.nat(), close: fc.integer({ min: 0, max: 5 }) })
    .map(
      ({ index, close }) =>
        new Step(`reject${close === 0 ? ' and close' : ''}`, (world) =>
          world.decide(index, 'reject', close === 0),
        ),
    ),
  id.map((id) => new Step(`server ends publish ${id}`, (world) => void world.server.endPublish(id))),
  id.map((id) => new Step(`server ends play ${id}`, (world) => void world.server.endPlay(id))),
  fc.record({ id, size: fc.nat({ max: 300 }) }).map(
    ({ id, size }) =>
      new Step(`media down ${id} ${size}`, (world) => {
        if (world.server.streamState(id) === 'playing')
          world.server.sendMessage({
            csid: 6,
            typeId: 9,
            messageStreamId: id,
            timestamp: world.now,
            payload: media(size),
          })
      }),
  ),
]

describe('client and server in memory', () => {
  it('agree, leak nothing and end everything once, whatever happens', () => {
    fc.assert(
      fc.property(
        fc.commands(steps, { maxCommands: 80, size: '+1' }),
        fc.integer({ min: 0, max: 4 }),
        (commands, start) => {
          const world = new World()
          if (start > 0) {
            ask(world, world.client.connect({ app: 'live' }))
            world.advance(0)
            grantAll(world)
            for (let stream = 1; stream < STREAMS; stream++) ask(world, world.client.createStream())
            world.quiesce()
          }
          fc.modelRun(() => ({ model: {}, real: world }), commands)
          world.finish()
        },
      ),
      { numRuns: 100 },
    )
  }, 60_000)
})
