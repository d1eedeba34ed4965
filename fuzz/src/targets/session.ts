import { readdir, readFile } from 'node:fs/promises'
import { ClientSession, ServerSession, type Session } from '@rtmp/session'
import type { SeededRandom } from '@rtmp/testkit/fuzz'
import type { FuzzTarget } from '../target.ts'

const STREAMS = new URL('../../../vectors/streams/', import.meta.url)
/** Enough for the handshake, all commands and some media. */
const SEED_SIZE = 6000
const HANDSHAKE_SIZE = 3073

/** First byte: even for what a client sends to a server session, odd for the reverse; then the stream. */
const seeds = async (): Promise<Uint8Array[]> => {
  const inputs: Uint8Array[] = []
  for (const file of await readdir(STREAMS)) {
    if (!file.endsWith('.bin')) continue
    const bytes = (await readFile(new URL(file, STREAMS))).subarray(0, SEED_SIZE)
    const input = new Uint8Array(1 + bytes.length)
    input[0] = file.endsWith('.c2s.bin') ? 0 : 1
    input.set(bytes, 1)
    inputs.push(input)
  }
  return inputs
}

const run = (input: Uint8Array, random: SeededRandom): void => {
  const crypto = { randomBytes: (count: number) => new Uint8Array(count) }
  const limits = { maxHeldBytes: 100_000, maxBufferedBytes: 1_000_000 }
  const options = { crypto, limits, strict: random.chance(0.1), initialWindowAckSize: random.below(5000) }
  const session = (input[0] ?? 0) % 2 === 0 ? new ServerSession(options) : new ClientSession(options)
  if (session instanceof ClientSession) session.connect({ app: 'live', tcUrl: 'rtmp://h/live' })
  const pending: number[] = []
  let ends = 0
  const drain = (): void => {
    for (let event = session.nextEvent(); event !== undefined; event = session.nextEvent()) {
      if (ends > 0) throw new Error(`${event.kind} after closed`)
      if (event.kind === 'closed') ends += 1
      if (event.kind === 'data') void event.values
      if ('requestId' in event && event.requestId !== undefined) pending.push(event.requestId)
      act(session, event, random)
      if (random.chance(0.8)) decide(session, pending, random)
    }
    session.takeOutput()
  }
  // Mutations of the handshake are the handshake target's business.
  const stream = Uint8Array.from(input.subarray(1))
  if (stream.length > HANDSHAKE_SIZE && random.chance(0.9)) stream[0] = 3
  let now = 0
  for (let at = 0; at < stream.length; ) {
    const size = random.chance(0.2) ? 1 : 1 + random.below(2000)
    const slice = stream.slice(at, at + size)
    session.receive(slice, now)
    drain()
    slice.fill(0xee)
    at += size
    now += random.below(random.chance(0.05) ? 20_000 : 50)
    const due = session.nextTimeout()
    if (due !== undefined && due <= now) session.handleTimeout(now)
    drain()
    decide(session, pending, random)
  }
  session.transportClosed('transportClosed', now)
  drain()
  if (ends !== 1) throw new Error(`closed ${ends} times`)
  const { pendingRequests, pendingCalls, heldBytes, messageStreams } = session.stats
  if (pendingRequests + pendingCalls + heldBytes + messageStreams > 0) throw new Error('something is left')
}

const decide = (session: ServerSession | ClientSession, pending: number[], random: SeededRandom): void => {
  const requestId = pending.pop()
  if (requestId === undefined) return
  if (random.chance(0.9)) session.accept(requestId)
  else session.reject(requestId)
}

/** What a client does next. */
const act = (session: Session<unknown>, event: { readonly kind: string }, random: SeededRandom): void => {
  if (!(session instanceof ClientSession) || session.state !== 'connected') return
  if (event.kind === 'connected') session.createStream()
  if (event.kind === 'streamCreated') {
    const { messageStreamId } = event as { readonly messageStreamId?: number }
    if (messageStreamId === undefined || session.streamState(messageStreamId) !== 'idle') return
    if (random.chance(0.5)) session.play(messageStreamId, { streamName: 'key' })
    else session.publish(messageStreamId, { streamName: 'key' })
  }
}

export const target: FuzzTarget = { name: 'session', seeds, run }
