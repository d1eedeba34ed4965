import { encodeAmf0 } from '@rtmp/amf0'
import type { LightClient } from '../server/light-client.ts'
import { sequenceHeaders } from '../server/live-source.ts'
import type { Crowd, Visit } from './crowd.ts'
import { beginning, control, message, noise, peerBandwidth, randomName } from './wire.ts'

/** One way to be a bad guest. */
export interface Abuse {
  /** For file names and the command line. */
  readonly name: string
  readonly title: string
  /** What the attackers do, in a sentence. */
  readonly what: string
  /** Attackers at once. */
  readonly count: number
  /** The stream beside them, as a multiple of 2 Mbit/s. */
  readonly scale: number
  readonly visit: Visit
}

const APP = 'live'

const command = (csid: number, messageStreamId: number, ...values: unknown[]): Uint8Array =>
  message(csid, 20, encodeAmf0(values as Parameters<typeof encodeAmf0>[0]), messageStreamId)

const idle: Visit = async (crowd) => {
  const client = crowd.client()
  await client.connect(APP)
  await crowd.stay(client)
}

/** C0 and C1 byte by byte: the whole handshake would take half an hour. */
const halfHandshake: Visit = async (crowd) => {
  const client = crowd.client()
  const timer = setInterval(() => client.socket.write(Uint8Array.of(3)), 1000)
  client.socket.write(Uint8Array.of(3))
  await crowd.stay(client).finally(() => clearInterval(timer))
}

const stalled: Visit = async (crowd) => {
  const client = crowd.client()
  await client.play(APP, 'bench')
  client.socket.pause()
  // A socket that nobody reads does not notice its end; writing does.
  const timer = setInterval(() => client.socket.write(control(3, 1)), 1000)
  await crowd.stay(client).finally(() => clearInterval(timer))
}

const STAGES: readonly ((client: LightClient) => Promise<void>)[] = [
  async ({ socket }) => void socket.write(noise(1)),
  async ({ socket }) => void socket.write(Uint8Array.of(3)),
  async (client) => client.connect(APP),
  async (client) => client.publish(APP, randomName()),
  async (client) => {
    await client.publish(APP, randomName())
    for (const bytes of sequenceHeaders()) client.socket.write(bytes)
  },
  async (client) => client.play(APP, 'bench'),
]

const garbage: Visit = async (crowd) => {
  const client = crowd.client()
  await STAGES[crowd.visits % STAGES.length]?.(client)
  client.socket.write(noise(20_000))
  await crowd.stay(client, 3000)
}

/** Connects to any app, asks for any name, publishes another, and leaves without a word. */
const names: Visit = async (crowd) => {
  const player = crowd.client()
  await player.playAbsent(randomName(), randomName())
  player.socket.write(command(3, 0, 'FCSubscribe', 4, null, randomName()))
  const publisher = crowd.client()
  await publisher.publish(randomName(), randomName())
  await crowd.rest(200)
  publisher.destroy()
  player.destroy()
}

const CHUNK_ABUSES: readonly ((client: LightClient, crowd: Crowd) => Promise<void>)[] = [
  // Messages of 16 MB begun on more and more chunk streams, and never finished.
  async ({ socket, closed }, crowd) => {
    for (let csid = 64; csid < 65_000 && !closed && !socket.destroyed; csid += 50) {
      for (let i = 0; i < 50; i++) socket.write(beginning(csid + i, 0xff_ffff, 9))
      await crowd.rest(5)
    }
  },
  // Chunks of one byte: a header for each byte of payload.
  async ({ socket }, crowd) => {
    socket.write(control(1, 1))
    socket.write(Uint8Array.of(6, 0, 0, 0, 0x01, 0, 0, 9, 1, 0, 0, 0, 0x17))
    const chunks = new Uint8Array(20_000).fill(0xc6)
    for (let i = 1; i < chunks.length; i += 2) chunks[i] = 0
    for (let i = 0; i < 50 && !socket.destroyed; i++) {
      socket.write(chunks)
      await crowd.rest(20)
    }
  },
  // The largest chunk size there is, and a message as long as can be that comes in drops.
  async ({ socket }, crowd) => {
    socket.write(control(1, 0x7fff_ffff))
    socket.write(Uint8Array.of(6, 0, 0, 0, 0xff, 0xff, 0xff, 9, 1, 0, 0, 0, 0x17))
    for (let i = 0; i < 100 && !socket.destroyed; i++) {
      socket.write(noise(1000))
      await crowd.rest(50)
    }
  },
  // Chunk size 0, and a new one before each of many messages.
  async ({ socket }) => {
    for (let size = 1; size < 500; size++) socket.write(control(1, size))
    socket.write(control(1, 0))
  },
  // Streams without end.
  async ({ socket }, crowd) => {
    for (let i = 0; i < 5000 && !socket.destroyed; i++) {
      socket.write(command(3, 0, 'createStream', i, null))
      if (i % 100 === 0) await crowd.rest(20)
    }
  },
]

const chunks: Visit = async (crowd) => {
  const client = crowd.client()
  await client.publish(APP, randomName())
  await CHUNK_ABUSES[crowd.visits % CHUNK_ABUSES.length]?.(client, crowd)
  await crowd.stay(client, 5000)
}

/** Plays everything and acknowledges nothing, while it wants an acknowledgement of each byte and allows one to be sent. */
const neverAcknowledges: Visit = async (crowd) => {
  const client = crowd.client()
  await client.play(APP, 'bench')
  client.socket.write(control(5, 1))
  client.socket.write(peerBandwidth(1, 0))
  while (!client.closed && !crowd.isOver) {
    client.socket.write(message(2, 4, Uint8Array.of(0, 3, 0, 0, 0, 1, 0, 0, 0, 100)))
    await crowd.rest(100)
  }
}

/** Everything that is tried. */
export const abuses: readonly Abuse[] = [
  {
    name: 'idle',
    title: '1,000 idle connections',
    what: '1,000 clients connect and then say nothing. Who is thrown out comes again.',
    count: 1000,
    scale: 1,
    visit: idle,
  },
  {
    name: 'half-handshakes',
    title: '1,000 half handshakes',
    what: '1,000 clients send their handshake at one byte a second. Who is thrown out comes again.',
    count: 1000,
    scale: 1,
    visit: halfHandshake,
  },
  {
    name: 'stalled',
    title: '20 players that stop reading, beside a publisher of 80 Mbit/s',
    what: '20 clients play a stream of 80 Mbit/s and stop to read. Who is thrown out comes again.',
    count: 20,
    scale: 40,
    visit: stalled,
  },
  {
    name: 'garbage',
    title: 'Garbage after each stage',
    what: '50 clients at a time behave up to a stage (nothing, C0, connect, publish, headers, play) and send 20,000 random bytes.',
    count: 50,
    scale: 1,
    visit: garbage,
  },
  {
    name: 'names',
    title: 'Names tried at random',
    what: '100 clients at a time ask to play and to publish under random apps and names, and leave after 0.2 s.',
    count: 50,
    scale: 1,
    visit: names,
  },
  {
    name: 'chunks',
    title: 'Chunk streams and chunk sizes abused',
    what: '25 clients at a time begin messages of 16 MB on up to 65,000 chunk streams, send chunks of one byte, announce chunks of 2 GB or 0 bytes, or create streams without end.',
    count: 25,
    scale: 1,
    visit: chunks,
  },
  {
    name: 'no-acknowledgement',
    title: 'Peers that never acknowledge',
    what: '20 players acknowledge nothing, and want an acknowledgement of every byte they send.',
    count: 20,
    scale: 4,
    visit: neverAcknowledges,
  },
]
