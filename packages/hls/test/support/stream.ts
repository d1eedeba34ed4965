import { type MediaFrameInit, fromMediaFrame, MediaMessage } from '@rtmp/e-rtmp'
import { decodeFlv, TagType } from '@rtmp/flv'
import { readRepoFile } from '@rtmp/testkit'
import { answer, type HlsAnswer, HlsStream, type HlsOptions } from '../../src/index.ts'

/** When tests play: any moment will do. */
export const START = Date.UTC(2026, 0, 1)

/** The messages of a sample in `media/`. */
export const messagesOf = async (name: string): Promise<MediaMessage[]> =>
  decodeFlv(await readRepoFile(`media/${name}.flv`)).map(
    ({ typeId, timestamp, payload }) =>
      new MediaMessage(typeId, timestamp, payload, typeId === TagType.script ? 'onMetaData' : ''),
  )

/** Milliseconds from the first message to one behind it. */
const since = (first: MediaMessage, { timestamp }: MediaMessage): number => (timestamp - first.timestamp) | 0

/** Pushes messages as if each had come when it was made. */
export const pushAll = (
  hls: HlsStream,
  messages: readonly MediaMessage[],
  until = Number.POSITIVE_INFINITY,
): void => {
  const first = messages.find(({ kind }) => kind !== 'data')
  if (first === undefined) return
  for (const message of messages) {
    if (since(first, message) <= until) hls.push(message, START + Math.max(0, since(first, message)))
  }
}

export const streamOf = (messages: readonly MediaMessage[], options: HlsOptions = {}): HlsStream => {
  const hls = new HlsStream(options)
  pushAll(hls, messages)
  return hls
}

/** What a stream answers. */
export const ask = (hls: HlsStream, name: string, query = '', now = START): Promise<HlsAnswer> =>
  answer(hls, { name, query: new URLSearchParams(query) }, now)

/** A playlist's text. */
export const textOf = async (hls: HlsStream, name: string, query = '', now = START): Promise<string> => {
  const { status, body } = await ask(hls, name, query, now)
  if (status !== 200 || typeof body !== 'string') throw new Error(`${name} is answered with ${status}`)
  return body
}

/** The bytes of a segment, part or init segment. */
export const bytesOf = async (hls: HlsStream, name: string): Promise<Uint8Array> => {
  const { status, body } = await ask(hls, name)
  if (status !== 200 || typeof body === 'string') throw new Error(`${name} is answered with ${status}`)
  return body
}

/** SPS and PPS of H.264 Baseline, 16 × 16 pixels; the level varies. */
// biome-ignore format: bytes of a record, one field a line
export const avcHeader = (level = 10): Uint8Array => Uint8Array.of(
  1, 66, 0xc0, level, 0xff,
  0xe1, 0, 6, 0x67, 66, 0xc0, level, 0xda, 0x79,
  1, 0, 4, 0x68, 0xce, 0x38, 0x80,
)

/** AAC-LC, 48 kHz, stereo. */
const AAC_HEADER = Uint8Array.of(0x11, 0x90)

/** A message of one frame. */
export const message = (frame: MediaFrameInit): MediaMessage =>
  new MediaMessage(
    frame.kind === 'video' ? TagType.video : TagType.audio,
    frame.dts >>> 0,
    fromMediaFrame(frame),
  )

/** A picture, its payload telling which. */
export const picture = (dts: number, keyFrame: boolean, trackId = 0, size = 20): MediaMessage => {
  const payload = new Uint8Array(size)
  new DataView(payload.buffer).setUint32(0, size - 4)
  payload[4] = keyFrame ? 0x65 : 0x41
  new DataView(payload.buffer).setFloat64(8, dts)
  return message({ kind: 'video', trackId, codec: 'h264', type: 'coded', dts, keyFrame, payload })
}

/** Sound, its payload telling which. */
export const sound = (dts: number, trackId = 0): MediaMessage => {
  const payload = new Uint8Array(16)
  new DataView(payload.buffer).setFloat64(4, dts)
  return message({ kind: 'audio', trackId, codec: 'aac', type: 'coded', dts, payload })
}

export const videoHeader = (dts: number, trackId = 0, level = 10): MediaMessage =>
  message({ kind: 'video', trackId, codec: 'h264', type: 'sequenceHeader', dts, payload: avcHeader(level) })

export const audioHeader = (dts: number, trackId = 0): MediaMessage =>
  message({ kind: 'audio', trackId, codec: 'aac', type: 'sequenceHeader', dts, payload: AAC_HEADER })

/** How a made-up stream is. */
export interface MadeUp {
  readonly from?: number
  readonly ms: number
  readonly frameMs?: number
  /** A key frame every so many pictures. */
  readonly group?: number
  readonly videoTracks?: number
  readonly audioTracks?: number
  readonly headers?: boolean
}

/** A stream of pictures and sound, interleaved by time. */
export const madeUp = ({
  from = 0,
  ms,
  frameMs = 40,
  group = 50,
  videoTracks = 1,
  audioTracks = 1,
  headers = true,
}: MadeUp): MediaMessage[] => {
  const messages: { at: number; message: MediaMessage }[] = []
  const tracks = (count: number): number[] => Array.from({ length: count }, (_, i) => i)
  for (let i = 0; i * frameMs < ms; i++) {
    const at = from + Math.round(i * frameMs)
    for (const track of tracks(videoTracks))
      messages.push({ at, message: picture(at, i % group === 0, track) })
  }
  for (let i = 0; (i * 1024) / 48 < ms; i++) {
    const at = from + Math.round((i * 1024) / 48)
    for (const track of tracks(audioTracks)) messages.push({ at, message: sound(at, track) })
  }
  messages.sort((a, b) => a.at - b.at)
  const first = headers
    ? [
        ...tracks(videoTracks).map((track) => videoHeader(from, track)),
        ...tracks(audioTracks).map((track) => audioHeader(from, track)),
      ]
    : []
  return [...first, ...messages.map((each) => each.message)]
}
