import { ChunkWriter, type Message } from '@rtmp/chunk'
import { buildCommand, type CommandMessage, data, encodeMessage } from '@rtmp/message'
import type { Link, LinkEnd, LinkProfile } from './link.ts'
import { MediaSource, type MediaStyle } from './media-source.ts'
import type { PublicationLog } from './publication-log.ts'
import type { Inhabitant, World } from './world.ts'

/** What a raw client does; none of them reads what it is sent. */
export const VISITS = [
  /** Connects and says nothing. */
  'idle',
  /** Stops in the middle of the handshake. */
  'halfHandshake',
  /** Speaks another protocol. */
  'http',
  /** Sends noise at once, or behind the handshake, or behind `connect`. */
  'noise',
  'noiseAfterHandshake',
  'noiseAfterConnect',
  /** Does everything up to `connect`, and stops. */
  'silent',
  /** Asks for one name after another. */
  'names',
  /** Says everything at once without waiting for an answer, in odd chunks, then publishes. */
  'hastyPublisher',
] as const

export type Visit = (typeof VISITS)[number]

const HANDSHAKE = 1537 + 1536

/** A client that knows no more than bytes. */
export class Visitor implements LinkEnd, Inhabitant {
  readonly takesAll = false
  readonly visit: Visit
  publication: PublicationLog | undefined
  readonly #world: World
  readonly #writer = new ChunkWriter()
  readonly #name: string
  readonly #link: Link
  #ended = false

  constructor(world: World, visit: Visit, name: string, profile: LinkProfile) {
    this.#world = world
    this.visit = visit
    this.#name = name
    this.#link = world.connect(this, profile)
    this.#act()
  }

  get link(): Link {
    return this.#link
  }

  onBytes(): void {}

  onEnd(): void {
    this.#ended = true
    this.#link.end()
  }

  #act(): void {
    const { random } = this.#world
    const hello = random.bytes(HANDSHAKE)
    hello[0] = 3
    switch (this.visit) {
      case 'idle':
        break
      case 'halfHandshake':
        this.#link.send([hello.subarray(0, 1 + random.below(HANDSHAKE - 1))])
        break
      case 'http':
        this.#link.send([new TextEncoder().encode('GET / HTTP/1.1\r\nhost: sim\r\n\r\n')])
        break
      case 'noise':
        this.#link.send([random.bytes(random.below(5000))])
        break
      case 'noiseAfterHandshake':
        this.#link.send([hello, random.bytes(random.below(5000))])
        break
      case 'noiseAfterConnect':
        this.#link.send([hello, ...this.#connect(), random.bytes(random.below(5000))])
        break
      case 'silent':
        this.#link.send([hello, ...this.#connect()])
        break
      case 'names':
        this.#link.send([hello, ...this.#connect()])
        this.#tryNames(1 + random.below(30))
        break
      case 'hastyPublisher':
        this.#publish(hello)
        break
    }
  }

  #connect(): Uint8Array[] {
    return this.#command(0, buildCommand({ kind: 'connect', transactionId: 1, properties: { app: 'live' } }))
  }

  #command(messageStreamId: number, command: CommandMessage): Uint8Array[] {
    const csid = this.#world.random.pick([3, 8, 64, 400])
    return this.#write(encodeMessage(command, { csid, timestamp: 0, messageStreamId }))
  }

  #write(message: Message): Uint8Array[] {
    return this.#writer.write(message)
  }

  /** Creates and deletes streams, asks for names that nobody knows, in the stream that is there or in none. */
  #tryNames(left: number): void {
    if (left === 0 || this.#ended) return
    const { random, events } = this.#world
    const streamName = `${random.u32().toString(36)}`
    const id = random.below(3)
    const kind = random.pick(['play', 'publish', 'createStream', 'deleteStream'] as const)
    if (kind === 'createStream')
      this.#link.send(this.#command(0, buildCommand({ kind, transactionId: left })))
    else if (kind === 'deleteStream') {
      this.#link.send(this.#command(0, buildCommand({ kind, transactionId: 0, messageStreamId: id })))
    } else {
      if (kind === 'publish') this.publication = this.#world.newLog(streamName)
      const transactionId = random.below(2)
      this.#link.send(
        this.#command(
          id,
          kind === 'publish'
            ? buildCommand({ kind, transactionId, streamName, publishType: 'live' })
            : buildCommand({ kind, transactionId, streamName }),
        ),
      )
    }
    events.after(random.below(1000), { run: () => this.#tryNames(left - 1) })
  }

  #publish(hello: Uint8Array): void {
    const { random } = this.#world
    const log = this.#world.newLog(this.#name)
    this.publication = log
    const style: MediaStyle = {
      start: random.pick([0, 0xfffffe00, 0xfffe00]),
      intervalMs: 1000,
      hurryAtMs: undefined,
      hurryForMs: 0,
      video: true,
      audio: random.chance(0.5),
      tracks: 1,
      gop: 5,
      headers: true,
      size: 200,
    }
    const publish = {
      kind: 'publish',
      transactionId: 0,
      streamName: this.#name,
      publishType: 'live',
    } as const
    this.#link.send([
      hello,
      ...this.#connect(),
      ...this.#writer.setChunkSize(random.pick([1, 128, 3000, 0x7fffffff])),
      ...this.#command(0, buildCommand({ kind: 'createStream', transactionId: 2 })),
      ...this.#command(1, buildCommand(publish)),
    ])
    this.#sendMedia(new MediaSource(random, log, style), style, 10 + random.below(30), 0)
  }

  #sendMedia(source: MediaSource, style: MediaStyle, left: number, age: number): void {
    if (this.#ended) return
    const timestamp = (style.start + age) >>> 0
    for (const item of source.take(timestamp, age)) {
      if (item.kind === 'data') {
        const message = encodeMessage(data(...item.values), { csid: 5, timestamp, messageStreamId: 1 })
        this.#link.send(this.#write(message))
        continue
      }
      const { typeId, payload } = item
      const bytes = this.#write({ csid: 4, typeId, messageStreamId: 1, timestamp, payload })
      // The end comes in the middle of a message.
      this.#link.send(left === 1 && bytes.length > 1 ? bytes.slice(0, 1) : bytes)
    }
    if (left === 1) {
      this.#link.cut()
      return
    }
    const pause = source.pause(age)
    this.#world.events.after(pause, {
      run: () => this.#sendMedia(source, style, left - 1, age + Math.round(pause)),
    })
  }
}
