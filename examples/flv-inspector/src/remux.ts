// From the frames of FLV tracks to a fragmented MP4 that a browser plays.
import type { MediaFrame } from '@rtmp/e-rtmp'
import { decodeAvcConfig, repairAccessUnit, stripAdts } from '@rtmp/flv/codec'
import {
  BufferTarget,
  EncodedAudioPacketSource,
  EncodedPacket,
  EncodedVideoPacketSource,
  Mp4OutputFormat,
  Output,
} from 'mediabunny'
import type { Track } from './inspect.ts'

/** What the codecs that are put into an MP4 here are called by mediabunny. */
const VIDEO = { h264: 'avc', hevc: 'hevc', av1: 'av1', vp9: 'vp9' } as const
const AUDIO = { aac: 'aac', opus: 'opus' } as const

const LAST_FRAME = 0.04

/** A playable file, what to tell `MediaSource` about it, and the tracks in it. */
export interface Movie {
  readonly mimeType: string
  readonly bytes: ArrayBuffer
  readonly tracks: readonly Track[]
}

/** The frame as the codec wants it, or `undefined` for one that cannot be read. */
const dataOf = (frame: MediaFrame, config: Uint8Array | undefined): Uint8Array | undefined => {
  if (frame.codec === 'aac') return stripAdts(frame.payload)
  if (frame.codec !== 'h264' || config === undefined) return frame.payload
  return repairAccessUnit(frame.payload, decodeAvcConfig(config).lengthSize)
}

const packetsOf = ({ frames, config }: Track, start: number): EncodedPacket[] =>
  frames.flatMap((frame, i) => {
    const data = dataOf(frame, config)
    if (data === undefined || data.length === 0) return []
    const next = frames[i + 1]
    const duration = next === undefined ? LAST_FRAME : (next.dts - frame.dts) / 1000
    const time = (frame.pts - start) / 1000
    return [new EncodedPacket(data, frame.keyFrame ? 'key' : 'delta', time, Math.max(0.001, duration))]
  })

const canPlay = ({ kind, codec, config, facts, frames }: Track): boolean => {
  if (frames.length === 0 || facts.codecString === undefined) return false
  const needsConfig = codec === 'h264' || codec === 'hevc' || codec === 'aac'
  if (needsConfig && config === undefined) return false
  if (!(codec in (kind === 'video' ? VIDEO : AUDIO))) return false
  return MediaSource.isTypeSupported(`video/mp4; codecs="${facts.codecString}"`)
}

/** The first track of each kind that this browser plays, as one MP4 that starts at 0; `undefined` without any. */
export const remux = async (tracks: readonly Track[]): Promise<Movie | undefined> => {
  const video = tracks.find((track) => track.kind === 'video' && canPlay(track))
  const audio = tracks.find((track) => track.kind === 'audio' && canPlay(track))
  const playable = [video, audio].filter((track) => track !== undefined)
  if (playable.length === 0) return undefined
  const target = new BufferTarget()
  const output = new Output({ format: new Mp4OutputFormat({ fastStart: 'fragmented' }), target })
  const start = Math.min(...playable.flatMap(({ frames }) => frames.map(({ pts }) => pts)))
  const jobs: (() => Promise<void>)[] = []
  if (video !== undefined) {
    const source = new EncodedVideoPacketSource(VIDEO[video.codec as keyof typeof VIDEO])
    output.addVideoTrack(source)
    const { codecString: codec = '', width = 0, height = 0 } = video.facts
    const size = { codedWidth: width, codedHeight: height }
    const decoderConfig = { codec, ...size, ...descriptionOf(video, ['h264', 'hevc']) }
    jobs.push(async () => {
      for (const packet of packetsOf(video, start)) await source.add(packet, { decoderConfig })
    })
  }
  if (audio !== undefined) {
    const source = new EncodedAudioPacketSource(AUDIO[audio.codec as keyof typeof AUDIO])
    output.addAudioTrack(source)
    const { codecString: codec = '', sampleRate = 48000, channels = 2 } = audio.facts
    const format = { sampleRate, numberOfChannels: channels }
    const decoderConfig = { codec, ...format, ...descriptionOf(audio, ['aac', 'opus']) }
    jobs.push(async () => {
      for (const packet of packetsOf(audio, start)) await source.add(packet, { decoderConfig })
    })
  }
  await output.start()
  await Promise.all(jobs.map(async (job) => job()))
  await output.finalize()
  const mimeType = `video/mp4; codecs="${playable.map(({ facts }) => facts.codecString).join()}"`
  return target.buffer === null ? undefined : { mimeType, bytes: target.buffer, tracks: playable }
}

/** The record, for codecs whose MP4 form has it as it is. */
const descriptionOf = (
  { codec, config }: Track,
  codecs: readonly string[],
): { readonly description?: Uint8Array } =>
  config !== undefined && codecs.includes(codec) ? { description: config } : {}
