import { createRequire } from 'node:module'
import {
  AacPacketType,
  AvcPacketType,
  encodeAacPacket,
  encodeAvcPacket,
  FlvReader,
  type FlvTag,
  type FlvTagInit,
  FlvWriter,
  TagType,
} from '@rtmp/flv'
import { encodeMetadata } from '@rtmp/flv/script'
import { SeededRandom } from '@rtmp/testkit/fuzz'
import { keep, megabytesPerSecond } from '../measure.ts'
import type { Contender, Scenario } from '../scenario.ts'

// A file of 100 MB with the frame sizes of a 2.6 Mbit/s stream: 30 pictures a second with a key frame every two
// seconds (70 to 110 kB, others 3 to 14 kB), AAC at 128 kbit/s, and valid NAL units for demuxers that look into them.

const FILE_SIZE = 100_000_000
const SLICE = 65_536
const SPS = Uint8Array.from(Buffer.from('6764000dacd941419f9f0110000003001000000303c0f14299600', 'hex'))
const PPS = Uint8Array.from(Buffer.from('68ebe3cb22c0', 'hex'))

const avcConfig = (): Uint8Array =>
  Uint8Array.of(1, 0x64, 0, 0x0d, 0xff, 0xe1, 0, SPS.length, ...SPS, 1, 0, PPS.length, ...PPS)

const picture = (keyFrame: boolean, size: number): Uint8Array => {
  const nalUnit = new Uint8Array(size)
  new DataView(nalUnit.buffer).setUint32(0, size - 4)
  nalUnit[4] = keyFrame ? 0x65 : 0x41
  return encodeAvcPacket(AvcPacketType.nalu, nalUnit, keyFrame, 0)
}

function* liveTags(random: SeededRandom): Generator<FlvTagInit> {
  const video = (timestamp: number, payload: Uint8Array): FlvTagInit => ({
    typeId: TagType.video,
    timestamp,
    payload,
  })
  const audio = (timestamp: number, payload: Uint8Array): FlvTagInit => ({
    typeId: TagType.audio,
    timestamp,
    payload,
  })
  const metadata = encodeMetadata({ width: 1280, height: 720, frameRate: 30, duration: 0 })
  yield { typeId: TagType.script, timestamp: 0, payload: metadata }
  yield video(0, encodeAvcPacket(AvcPacketType.sequenceHeader, avcConfig()))
  yield audio(0, encodeAacPacket(AacPacketType.sequenceHeader, Uint8Array.of(0x12, 0x10)))
  let sounds = 0
  for (let frame = 0; ; frame++) {
    const time = Math.round((frame * 1000) / 30)
    for (; sounds * 23.2 <= time; sounds++) {
      yield audio(
        Math.round(sounds * 23.2),
        encodeAacPacket(AacPacketType.raw, new Uint8Array(330 + random.below(80))),
      )
    }
    const size = frame % 60 === 0 ? 70_000 + random.below(40_000) : 3_000 + random.below(11_000)
    yield video(time, picture(frame % 60 === 0, size))
  }
}

/** The file, and how many tags it has; made when it is first asked for. */
const makeFile = (): { readonly bytes: Buffer<ArrayBuffer>; readonly tags: number } => {
  const bytes = Buffer.from(new ArrayBuffer(FILE_SIZE))
  const writer = new FlvWriter()
  let at = 0
  let tags = 0
  for (const tag of liveTags(new SeededRandom(5))) {
    if (at + tag.payload.length + 100 > FILE_SIZE) break
    for (const slice of writer.write(tag)) {
      bytes.set(slice, at)
      at += slice.length
    }
    tags += 1
  }
  return { bytes: Buffer.from(bytes.buffer.slice(0, at)), tags }
}

let made: ReturnType<typeof makeFile> | undefined
const file = (): ReturnType<typeof makeFile> => (made ??= makeFile())

const slicesOf = (bytes: Buffer): Buffer[] => {
  const slices: Buffer[] = []
  for (let at = 0; at < bytes.length; at += SLICE) slices.push(bytes.subarray(at, at + SLICE))
  return slices
}

/** The runner collects garbage between rounds, and compiled code goes with it: a few passes first bring it back. */
const WARM_UP = 5

const contender = (work: (bytes: Buffer<ArrayBuffer>, tags: number) => unknown): Contender => ({
  measure: () => {
    const { bytes, tags } = file()
    for (let pass = 0; pass < WARM_UP; pass++) keep(work(bytes, tags))
    return megabytesPerSecond(bytes.length, () => work(bytes, tags), { budgetMs: 300 })
  },
})

const demand = (count: number, expected: number): void => {
  if (count !== expected) throw new Error(`${count} tags read of ${expected}`)
}

const require = createRequire(import.meta.url)

// The peers, as far as they are used here.
interface NodeVideoLib {
  readonly FLVParser: {
    parse(source: Buffer): { readonly tracks: readonly { readonly samples: unknown[] }[] }
  }
}
interface FlvJsDemuxer {
  onError: unknown
  onMediaInfo: unknown
  onTrackMetadata: unknown
  onDataAvailable: unknown
  parseChunks(chunk: ArrayBuffer, byteStart: number): number
}
interface FlvJs {
  readonly default: {
    new (probe: object, config: object): FlvJsDemuxer
    probe(chunk: ArrayBuffer): object
  }
}
interface NmsFlv {
  new (): { onPacketCallback: (packet: unknown) => void; parserData(bytes: Buffer): string | null }
}

const nodeVideoLib = contender((bytes) => {
  const { FLVParser } = require('node-video-lib') as NodeVideoLib
  const { tracks } = FLVParser.parse(bytes)
  if (tracks.length !== 2) throw new Error(`${tracks.length} tracks found`)
  return tracks
})

/** Its demuxer is written for browsers: it wants `self`, and tells the console what it finds. */
const loadFlvJs = (): FlvJs['default'] => {
  Object.assign(globalThis, { self: { navigator: { userAgent: 'node' } } })
  const { default: logger } = require('flv.js/src/utils/logger.js') as { default: Record<string, boolean> }
  logger['ENABLE_VERBOSE'] = false
  return (require('flv.js/src/demux/flv-demuxer.js') as FlvJs).default
}

/** Its demuxer as its player drives it: what is not consumed is put before the next slice. */
const flvJs = (sliced: boolean): Contender =>
  contender((bytes) => {
    const Demuxer = loadFlvJs()
    const whole = bytes.buffer
    const head = bytes.buffer.slice(0, 4096)
    const demuxer = new Demuxer(Demuxer.probe(head), {})
    let samples = 0
    demuxer.onError = (_type: string, info: string) => {
      throw new Error(info)
    }
    demuxer.onMediaInfo = () => undefined
    demuxer.onTrackMetadata = () => undefined
    demuxer.onDataAvailable = (
      audio: { samples: unknown[]; length: number },
      video: { samples: unknown[]; length: number },
    ) => {
      samples += audio.samples.length + video.samples.length
      for (const track of [audio, video]) {
        keep(track.samples)
        track.samples = []
        track.length = 0
      }
    }
    if (!sliced) demuxer.parseChunks(whole, 0)
    else {
      let rest: Buffer<ArrayBuffer> = Buffer.from(new ArrayBuffer(0))
      let position = 0
      for (let at = 0; at < bytes.length; at += SLICE) {
        const slice = bytes.subarray(at, at + SLICE)
        const chunk = new Uint8Array(rest.length + slice.length)
        chunk.set(rest)
        chunk.set(slice, rest.length)
        const consumed = demuxer.parseChunks(chunk.buffer, position)
        rest = Buffer.from(chunk.buffer, consumed)
        position += consumed
      }
    }
    if (samples < 1000) throw new Error(`${samples} samples found`)
    return samples
  })

const nodeMediaServer = contender((bytes, tags) => {
  const Flv = require('node-media-server/src/protocol/flv.js') as NmsFlv
  const logger = require('node-media-server/src/core/logger.js') as { level: string }
  logger.level = 'error'
  const flv = new Flv()
  let count = 0
  flv.onPacketCallback = (packet) => {
    keep(packet)
    count += 1
  }
  for (let at = 0; at < bytes.length; at += SLICE) {
    const error = flv.parserData(bytes.subarray(at, at + SLICE))
    if (error !== null) throw new Error(error)
  }
  demand(count, tags)
  return count
})

/** The least that can be done: from header to header, nothing made. */
const headerWalk = contender((bytes, tags) => {
  let at = 13
  let count = 0
  let sum = 0
  while (at + 11 <= bytes.length) {
    const size =
      ((bytes[at + 1] as number) << 16) | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)
    sum += (bytes[at] as number) + (bytes[at + 11] as number)
    at += 15 + size
    count += 1
  }
  demand(count, tags)
  return sum
})

const readAll = (reader: FlvReader, tags: FlvTag[]): void => {
  for (let tag = reader.read(); tag !== undefined; tag = reader.read()) tags.push(tag)
}

/**
 * FLV files: reading in slices, reading and writing, reading over one array. The one that keeps all tags comes last:
 * the engine remembers that they lived long, and would allocate those of the others for a long life, too.
 */
export const scenarios: readonly Scenario[] = [
  {
    name: 'flv read, 64 kB slices, payloads to keep',
    metric: 'throughput',
    unit: 'MB/s',
    better: 'higher',
    ours: contender((bytes, count) => {
      const reader = new FlvReader()
      let read = 0
      for (const slice of slicesOf(bytes)) {
        reader.push(slice)
        for (let tag = reader.read(); tag !== undefined; tag = reader.read()) {
          keep(tag)
          read += 1
        }
      }
      demand(read, count)
      return read
    }),
    peers: { 'flv.js': flvJs(true), 'node-media-server (payloads not to keep)': nodeMediaServer },
  },
  {
    name: 'flv rewrite, 64 kB slices read, tags written to one array',
    metric: 'throughput',
    unit: 'MB/s',
    better: 'higher',
    ours: contender((bytes) => {
      const reader = new FlvReader()
      const writer = new FlvWriter()
      const target = rewritten()
      let at = 0
      for (const slice of slicesOf(bytes)) {
        reader.push(slice)
        for (let tag = reader.read(); tag !== undefined; tag = reader.read()) {
          for (const piece of writer.write(tag)) {
            target.set(piece, at)
            at += piece.length
          }
        }
      }
      demand(at, bytes.length)
      return at
    }),
    peers: {
      'plain copy': contender((bytes) => {
        rewritten().set(bytes)
        return bytes.length
      }),
    },
  },
  {
    name: 'flv read, one array of 100 MB, all tags kept',
    metric: 'throughput',
    unit: 'MB/s',
    better: 'higher',
    ours: contender((bytes, count) => {
      const reader = new FlvReader()
      const tags: FlvTag[] = []
      reader.push(bytes)
      reader.end()
      readAll(reader, tags)
      demand(tags.length, count)
      return tags
    }),
    peers: { 'node-video-lib (index only)': nodeVideoLib, 'flv.js': flvJs(false), 'header walk': headerWalk },
  },
]

let target: Uint8Array | undefined
const rewritten = (): Uint8Array => (target ??= new Uint8Array(FILE_SIZE))
