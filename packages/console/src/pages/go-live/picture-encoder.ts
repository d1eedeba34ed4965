import type { MediaFrameInit } from '@rtmp/e-rtmp'
import { VP9_RECORD, type VideoCodec } from './video-codecs.ts'

/** From one key frame to the next, in milliseconds. */
const KEY_FRAME_EVERY = 2000

/** More pictures than this waiting for the encoder, and one is left out. */
const MOST_WAITING = 3

/** Bytes of a buffer, or of a view of one. */
const bytesOf = (source: AllowSharedBufferSource): Uint8Array =>
  ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength).slice()
    : new Uint8Array(source).slice()

/** Pictures of a camera to frames of `@rtmp/e-rtmp`. Times are milliseconds since the stream began. */
export class PictureEncoder {
  encoded = 0
  leftOut = 0
  readonly #codec: VideoCodec
  readonly #encoder: VideoEncoder
  #keyAt = Number.NEGATIVE_INFINITY
  #keyWanted = true

  constructor(codec: VideoCodec, take: (frame: MediaFrameInit) => void, fail: (error: Error) => void) {
    this.#codec = codec
    const { name } = codec
    const header = (payload: Uint8Array): void =>
      take({ kind: 'video', codec: name, type: 'sequenceHeader', dts: 0, payload })
    if (name === 'vp9') header(VP9_RECORD)
    this.#encoder = new VideoEncoder({
      error: fail,
      output: (chunk, metadata) => {
        const description = metadata?.decoderConfig?.description
        if (description !== undefined) header(bytesOf(description))
        const payload = new Uint8Array(chunk.byteLength)
        chunk.copyTo(payload)
        this.encoded += 1
        const dts = Math.round(chunk.timestamp / 1000)
        take({ kind: 'video', codec: name, type: 'coded', dts, keyFrame: chunk.type === 'key', payload })
      },
    })
    this.#encoder.configure(codec.config)
  }

  /** The next picture is a key frame: for a connection that begins anew. */
  wantKey(): void {
    this.#keyWanted = true
  }

  /** Encodes a picture at a time, and closes it. */
  encode(picture: VideoFrame, at: number): void {
    if (this.#encoder.state !== 'configured' || this.#encoder.encodeQueueSize > MOST_WAITING) {
      this.leftOut += 1
      picture.close()
      return
    }
    const keyFrame = this.#keyWanted || at - this.#keyAt >= KEY_FRAME_EVERY
    if (keyFrame) this.#keyAt = at
    this.#keyWanted = false
    const timed = new VideoFrame(picture, { timestamp: Math.round(at * 1000) })
    picture.close()
    this.#encoder.encode(timed, { keyFrame })
    timed.close()
  }

  get title(): string {
    return this.#codec.title
  }

  async close(): Promise<void> {
    if (this.#encoder.state !== 'configured') return
    await this.#encoder.flush().catch(() => undefined)
    this.#encoder.close()
  }
}
