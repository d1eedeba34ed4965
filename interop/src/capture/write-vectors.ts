import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'

import { amfLabel } from './amf-label.ts'
import { type OracleReading, readConversation } from '../chunk-oracle.ts'

/** One recorded conversation. */
export interface Conversation {
  readonly name: string
  readonly client: string
  readonly version: string
  readonly role: 'publish' | 'play'
  readonly peer: string
  readonly peerVersion: string
  readonly notes: string
  readonly c2s: Buffer
  readonly s2c: Buffer
}

const SPECIFICATION: Readonly<Record<string, string>> = {
  connect: 'RTMP 1.0 §7.2.1.1',
  createStream: 'RTMP 1.0 §7.2.1.3',
  play: 'RTMP 1.0 §7.2.2.1',
  deleteStream: 'RTMP 1.0 §7.2.2.3',
  publish: 'RTMP 1.0 §7.2.2.6',
  onStatus: 'RTMP 1.0 §7.2.2',
  _result: 'RTMP 1.0 §7.2.1',
  '@setDataFrame': 'RTMP 1.0 §7.1.2',
  onMetaData: 'RTMP 1.0 §7.1.2',
}

/** GStreamer repeats its metadata all the time: this many of one kind are enough. */
const OF_ONE_KIND = 3
const DATA_AMF0 = 18
const COMMAND_AMF0 = 20
const SIDES = ['c2s', 's2c'] as const

type Side = (typeof SIDES)[number]

const speaker = (of: Conversation, side: Side): string =>
  side === 'c2s' ? `${of.client} ${of.version}` : `${of.peer} ${of.peerVersion}`

async function writeList(path: string, items: readonly object[]): Promise<void> {
  const lines = items.map((item) => JSON.stringify(item)).join(',\n')
  await writeFile(path, `[\n${lines}\n]\n`)
}

function amfVectors(
  conversations: readonly Conversation[],
  readings: ReadonlyMap<string, OracleReading>,
): object[] {
  const seen = new Set<string>()
  const counts = new Map<string, number>()
  const vectors: object[] = []
  for (const conversation of conversations) {
    for (const side of SIDES) {
      for (const { type, body } of readings.get(`${conversation.name}.${side}`)?.messages ?? []) {
        const hex = body.toString('hex')
        const found = type === DATA_AMF0 || type === COMMAND_AMF0 ? amfLabel(body) : undefined
        if (found === undefined || seen.has(hex)) continue
        seen.add(hex)
        const base = `${conversation.name}-${side}-${found.label}`
        const count = (counts.get(base) ?? 0) + 1
        counts.set(base, count)
        if (count > OF_ONE_KIND) continue
        const spec = SPECIFICATION[found.command]
        vectors.push({
          name: count === 1 ? base : `${base}-${count}`,
          ...(spec === undefined ? {} : { spec }),
          source: speaker(conversation, side),
          typeId: type,
          bytes: body.length,
          hex,
        })
      }
    }
  }
  return vectors
}

function handshakeVector(of: Conversation): object {
  const { c2s, s2c } = of
  return {
    name: of.name,
    client: speaker(of, 'c2s'),
    server: speaker(of, 's2c'),
    role: of.role,
    c2EchoesS1: c2s.subarray(1537, 3073).equals(s2c.subarray(1, 1537)),
    s2EchoesC1: s2c.subarray(1537, 3073).equals(c2s.subarray(1, 1537)),
    c0c1: c2s.toString('hex', 0, 1537),
    s0s1s2: s2c.toString('hex', 0, 3073),
    c2: c2s.toString('hex', 1537, 3073),
  }
}

/** Writes the recorded streams, their index and messages, and the AMF and handshake vectors taken from them. */
export async function writeVectors(to: string, conversations: readonly Conversation[]): Promise<void> {
  const streams = join(to, 'streams')
  for (const folder of ['streams', 'amf0', 'handshake']) await mkdir(join(to, folder), { recursive: true })
  const readings = new Map<string, OracleReading>()
  const index: object[] = []
  const messages: string[] = []
  for (const conversation of conversations) {
    const { name, client, version, role, peer, peerVersion, notes } = conversation
    const rows: string[] = []
    const ends: Record<string, { bytes: number; truncated: boolean; messages: number }> = {}
    for (const side of SIDES) {
      const bytes = conversation[side]
      await writeFile(join(streams, `${name}.${side}.bin`), bytes)
      const reading = readConversation(bytes)
      readings.set(`${name}.${side}`, reading)
      ends[side] = { bytes: bytes.length, truncated: reading.truncated, messages: reading.messages.length }
      const list = reading.messages.map(({ type, chunkStream, messageStream, timestamp, body }) => {
        const sum = crc32(body).toString(16).padStart(8, '0')
        return [type, chunkStream, messageStream, timestamp, body.length, sum]
      })
      rows.push(`  "${side}": ${JSON.stringify(list)}`)
    }
    const truncated = Object.values(ends).some((end) => end.truncated)
    index.push({ name, client, version, role, peer, peerVersion, notes, ...ends, truncated })
    messages.push(`${JSON.stringify(name)}: {\n${rows.join(',\n')}\n}`)
  }
  await writeFile(join(streams, 'index.json'), `${JSON.stringify(index, null, 2)}\n`)
  await writeFile(join(streams, 'messages.json'), `{\n${messages.join(',\n')}\n}\n`)
  await writeList(join(to, 'amf0/captured.json'), amfVectors(conversations, readings))
  const handshakes = conversations.filter((conversation) => conversation.c2s.length >= 3073)
  await writeList(join(to, 'handshake/captured.json'), handshakes.map(handshakeVector))
}
