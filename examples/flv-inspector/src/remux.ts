// From FLV tags to a fragmented MP4 that a browser plays.
import { decodeAudioBody, decodeVideoBody, type FlvTag, isKeyFrame, TagType } from '@rtmp/flv'
import { decodeAacConfig, decodeAvcConfig, decodeAvcSps, repairAccessUnit, stripAdts } from '@rtmp/flv/codec'
import {
  BufferTarget,
  EncodedAudioPacketSource,
  EncodedPacket,
  EncodedVideoPacketSource,
  Mp4OutputFormat,
  Output,
} from 'mediabunny'
import type { Track } from './inspect.ts'

const LAST_FRAME = 0.04

/** One frame of a track; times in seconds. */
interface Frame {
  readonly data: Uint8Array
  readonly key: boolean
  readonly dts: number
  readonly pts: number
}

const videoFrames = (tags: readonly FlvTag[], lengthSize: number): Frame[] =>
  tags.flatMap(({ typeId, payload, timestamp }) => {
    if (typeId !== TagType.video) return []
    const body = decodeVideoBody(payload)
    if (body.kind !== 'avc' || body.avcPacketType !== 1) return []
    const data = repairAccessUnit(body.data, lengthSize)
    if (data === undefined || data.length === 0) return []
    const pts = (timestamp + body.compositionTime) / 1000
    return [{ data, key: isKeyFrame(payload), dts: timestamp / 1000, pts }]
  })

const audioFrames = (tags: readonly FlvTag[]): Frame[] =>
  tags.flatMap(({ typeId, payload, timestamp }) => {
    if (typeId !== TagType.audio) return []
    const body = decodeAudioBody(payload)
    if (body.kind !== 'aac' || body.aacPacketType !== 1) return []
    return [{ data: stripAdts(body.data), key: true, dts: timestamp / 1000, pts: timestamp / 1000 }]
  })

const packetsOf = (frames: readonly Frame[], start: number): EncodedPacket[] =>
  frames.map(({ data, key, dts, pts }, i) => {
    const duration = (frames[i + 1]?.dts ?? dts + LAST_FRAME) - dts
    return new EncodedPacket(data, key ? 'key' : 'delta', pts - start, Math.max(0.001, duration))
  })

/** A playable file, and what to tell `MediaSource` about it. */
export interface Movie {
  readonly mimeType: string
  readonly bytes: ArrayBuffer
}

/** The H.264 and AAC tracks of a file as one MP4, starting at 0; `undefined` when it has neither. */
export const remux = async (
  tags: readonly FlvTag[],
  tracks: readonly Track[],
): Promise<Movie | undefined> => {
  const playable = tracks.filter((track) => track.codec !== undefined)
  if (playable.length === 0) return undefined
  const format = new Mp4OutputFormat({ fastStart: 'fragmented' })
  const target = new BufferTarget()
  const output = new Output({ format, target })
  const jobs: { readonly frames: Frame[]; readonly add: (packet: EncodedPacket) => Promise<void> }[] = []
  for (const { kind, codec = '', config: description = new Uint8Array(0) } of playable) {
    if (kind === 'video') {
      const record = decodeAvcConfig(description)
      const { width, height } = decodeAvcSps(record.sps[0] ?? new Uint8Array(0))
      const decoderConfig = { codec, codedWidth: width, codedHeight: height, description }
      const source = new EncodedVideoPacketSource('avc')
      output.addVideoTrack(source)
      const frames = videoFrames(tags, record.lengthSize)
      jobs.push({ frames, add: (packet) => source.add(packet, { decoderConfig }) })
    } else {
      const { sampleRate, channels = 2, extension } = decodeAacConfig(description)
      const rate = extension?.sampleRate ?? sampleRate
      const decoderConfig = { codec, sampleRate: rate, numberOfChannels: channels, description }
      const source = new EncodedAudioPacketSource('aac')
      output.addAudioTrack(source)
      jobs.push({ frames: audioFrames(tags), add: (packet) => source.add(packet, { decoderConfig }) })
    }
  }
  await output.start()
  const start = Math.min(...jobs.flatMap(({ frames }) => frames.map(({ pts }) => pts)))
  await Promise.all(
    jobs.map(async ({ frames, add }) => {
      for (const packet of packetsOf(frames, start)) await add(packet)
    }),
  )
  await output.finalize()
  const mimeType = `video/mp4; codecs="${playable.map(({ codec }) => codec).join()}"`
  return target.buffer === null ? undefined : { mimeType, bytes: target.buffer }
}
