import { isDeepStrictEqual } from 'node:util'
import { readFileSync } from 'node:fs'
import { decode as decodeMsgpack, encode as encodeMsgpack } from '@msgpack/msgpack'
import { decodeAmf0, ecmaArray, encodeAmf0 } from '@rtmp/amf0'
import { GeneratedObjects } from '@rtmp/amf0/code-generation'
import { decodeAmf3, encodeAmf3 } from '@rtmp/amf3'
import { fromHex } from '@rtmp/testkit/fuzz'
import { pack, unpack } from 'msgpackr'
import { keep, opsPerSecond } from '../measure.ts'
import type { Contender, Scenario } from '../scenario.ts'
import { connects, type SampleMessage, statuses } from './amf-messages.ts'
import { metadatas } from './amf-metadatas.ts'
import { amf, astronaut, ByteArray, nodeMediaServer } from './amf-peers.ts'

// Each scenario goes round many different messages, so that no cache sees only one: those captured from real programs
// (vectors/amf0/captured.json), each once, and more in the manner of others (amf-messages.ts, amf-metadatas.ts).

interface Sample {
  /** AMF0, cut from larger memory as a chunk reader hands messages out. */
  readonly amf0: Buffer
  /** The object in it alone, for packages that read one value. */
  readonly object: Buffer
  readonly amf3: Buffer
  readonly json: string
  readonly msgpack: Buffer
  readonly values: readonly unknown[]
  /** The values, with ECMA arrays marked where the message has some. */
  readonly marked: readonly unknown[]
}

const captured = JSON.parse(
  readFileSync(new URL('../../../vectors/amf0/captured.json', import.meta.url), 'utf8'),
) as { name: string; hex: string }[]

const slab = Buffer.alloc(1 << 20)
let used = 0
const inSlab = (bytes: Uint8Array): Buffer => {
  slab.set(bytes, used)
  used += bytes.length
  return slab.subarray(used - bytes.length, used)
}

const sampleOf = (values: readonly unknown[], ecma: boolean): Sample => {
  const last = values.at(-1) as Record<string, unknown>
  const marked = ecma ? [...values.slice(0, -1), ecmaArray(last)] : values
  return {
    amf0: inSlab(encodeAmf0(marked)),
    object: inSlab(encodeAmf0(marked.slice(-1))),
    amf3: inSlab(encodeAmf3([last])),
    json: JSON.stringify(values),
    msgpack: Buffer.from(pack(values)),
    values,
    marked,
  }
}

const rotation = (pattern: RegExp, more: readonly SampleMessage[]): Sample[] => {
  const seen = new Map<string, Sample>()
  for (const { name, hex } of captured) {
    if (!pattern.test(name) || seen.has(hex)) continue
    // Behind "@setDataFrame" stands the message that players get.
    const values = decodeAmf0(fromHex(hex)).filter((value) => value !== '@setDataFrame')
    seen.set(hex, sampleOf(values, name.includes('setDataFrame')))
  }
  return [...seen.values(), ...more.map(({ values, ecma }) => sampleOf(values, ecma))]
}

/** Made when first asked for: a process makes those that it measures, and our encoder has seen no others. */
type Samples = () => readonly Sample[]

const onDemand = (make: Samples): Samples => {
  let made: readonly Sample[] | undefined
  return () => (made ??= make())
}

const onMetaData = onDemand(() => rotation(/setDataFrame|onMetaData/, metadatas))

const sets: Readonly<Record<string, Samples>> = {
  connect: onDemand(() => rotation(/connect$/, connects)),
  onMetaData,
  onStatus: onDemand(() => rotation(/onStatus/, statuses)),
  '1,000-element array': onDemand(() =>
    Array.from({ length: 12 }, (_, n) =>
      sampleOf(
        [Array.from({ length: 1000 }, (__, i) => (n % 3 === 0 ? i : n % 3 === 1 ? i / 7 : `item ${i % 50}`))],
        false,
      ),
    ),
  ),
}

/** A playlist: objects alike, shared and nested, with strings that come again. */
const graph = (n: number): Sample => {
  const author = { name: `author ${n}`, id: 1000 + n }
  const clips = Array.from({ length: 20 }, (__, i) => ({
    id: n * 100 + i,
    title: `clip ${i}`,
    duration: 12.5 * (i + 1),
    live: i % 3 === 0,
    author,
    tags: ['news', 'sport', `tag ${i % 4}`],
    size: { width: 1280, height: 720 },
  }))
  return sampleOf([{ name: 'playlist', version: n, clips, updated: null }], false)
}
const graphs = onDemand(() => Array.from({ length: 12 }, (_, n) => graph(n)))

const readAll = (bytes: Buffer): unknown[] => {
  const info = { offset: 0 }
  const values: unknown[] = []
  while (info.offset < bytes.length) values.push(amf.read(bytes, info))
  return values
}

const readByteArray = (bytes: Buffer, objectEncoding: number): unknown => {
  const input = new ByteArray(bytes)
  input.objectEncoding = objectEncoding
  return input.readObject()
}

const writeByteArray = (value: unknown, objectEncoding: number): Buffer => {
  const output = new ByteArray()
  output.objectEncoding = objectEncoding
  output.writeObject(value)
  return output.buffer
}

const namedArraysAsObjects = (_name: string, value: unknown): unknown =>
  Array.isArray(value) && Object.keys(value).some((name) => Number.isNaN(Number(name)))
    ? Object.assign({}, value)
    : value

/** Rotations per second times messages: messages per CPU second. What a peer does is checked first. */
const perMessage = (
  samplesOf: Samples,
  work: (sample: Sample) => unknown,
  expected?: (sample: Sample) => unknown,
): Contender => ({
  measure: () => {
    const samples = samplesOf()
    if (expected !== undefined) {
      for (const sample of samples) {
        // Through JSON, so that a package's own kinds of objects, and arrays with names, count as objects.
        const got: unknown = JSON.parse(JSON.stringify(work(sample), namedArraysAsObjects))
        if (!isDeepStrictEqual(got, JSON.parse(JSON.stringify(expected(sample)))))
          throw new Error('other values')
      }
    }
    const round = (): void => {
      for (const sample of samples) keep(work(sample))
    }
    return opsPerSecond(round) * samples.length
  },
})

const all = ({ values }: Sample): unknown => values
const last = ({ values }: Sample): unknown => values.at(-1)

const decodePeers = (samples: Samples): Record<string, Contender> => ({
  'JSON.parse': perMessage(samples, ({ json }) => JSON.parse(json) as unknown),
  msgpackr: perMessage(samples, ({ msgpack }) => unpack(msgpack) as unknown),
  '@msgpack/msgpack': perMessage(samples, ({ msgpack }) => decodeMsgpack(msgpack)),
})

const encodePeers = (samples: Samples): Record<string, Contender> => ({
  'JSON.stringify': perMessage(samples, ({ values }) => JSON.stringify(values)),
  msgpackr: perMessage(samples, ({ values }) => pack(values)),
  '@msgpack/msgpack': perMessage(samples, ({ values }) => encodeMsgpack(values)),
})

const amf0Decoders = (samples: Samples): Record<string, Contender> => ({
  amf: perMessage(samples, (sample) => readAll(sample.amf0), all),
  'node-media-server': perMessage(samples, (sample) => nodeMediaServer.amf0Decode(sample.amf0)),
  'bytearray-node, object only': perMessage(samples, (sample) => readByteArray(sample.object, 0), last),
  '@astronautlabs/amf, object only': perMessage(
    samples,
    (sample) => astronaut.AMF0.Value.deserialize(sample.object).value,
    last,
  ),
})

const amf0Scenarios = Object.entries(sets).flatMap(([name, samples]): Scenario[] => {
  // What is learnt stays from round to round, as it does in a program.
  const generated = { objects: new GeneratedObjects() }
  return [
    {
      name: `amf0 decode ${name}, generated code`,
      metric: 'messages',
      unit: '1/s',
      better: 'higher',
      ours: perMessage(samples, (sample) => decodeAmf0(sample.amf0, generated), all),
      peers: { ...amf0Decoders(samples), ...decodePeers(samples) },
    },
    {
      name: `amf0 decode ${name}, plain`,
      metric: 'messages',
      unit: '1/s',
      better: 'higher',
      ours: perMessage(samples, (sample) => decodeAmf0(sample.amf0), all),
      peers: { ...amf0Decoders(samples), ...decodePeers(samples) },
    },
    {
      name: `amf0 encode ${name}`,
      metric: 'messages',
      unit: '1/s',
      better: 'higher',
      ours: perMessage(samples, (sample) => encodeAmf0(sample.marked)),
      peers: {
        'node-media-server': perMessage(samples, (sample) => nodeMediaServer.amf0Encode(sample.values)),
        'bytearray-node, object only': perMessage(samples, (sample) =>
          writeByteArray(sample.values.at(-1), 0),
        ),
        '@astronautlabs/amf, object only': perMessage(samples, (sample) =>
          astronaut.AMF0.Value.any(sample.values.at(-1)).serialize(),
        ),
        ...encodePeers(samples),
      },
    },
  ]
})

const amf3Scenarios = Object.entries({
  'object graph': graphs,
  onMetaData,
}).flatMap(([name, samples]): Scenario[] => [
  {
    name: `amf3 decode ${name}`,
    metric: 'messages',
    unit: '1/s',
    better: 'higher',
    ours: perMessage(samples, (sample) => decodeAmf3(sample.amf3)[0], last),
    peers: {
      'bytearray-node': perMessage(samples, (sample) => readByteArray(sample.amf3, 3), last),
      '@astronautlabs/amf': perMessage(
        samples,
        (sample) => astronaut.AMF3.Value.deserialize(sample.amf3).value,
        last,
      ),
      ...decodePeers(samples),
    },
  },
  {
    name: `amf3 encode ${name}`,
    metric: 'messages',
    unit: '1/s',
    better: 'higher',
    ours: perMessage(samples, (sample) => encodeAmf3([sample.values.at(-1)])),
    peers: {
      'bytearray-node': perMessage(samples, (sample) => writeByteArray(sample.values.at(-1), 3)),
      '@astronautlabs/amf': perMessage(samples, (sample) =>
        astronaut.AMF3.Value.any(sample.values.at(-1)).serialize(),
      ),
      ...encodePeers(samples),
    },
  },
])

/** AMF against every AMF package of npm that runs, and against JSON and MessagePack of the same values. */
export const scenarios: readonly Scenario[] = [...amf0Scenarios, ...amf3Scenarios]
