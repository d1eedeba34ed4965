import type { MediaFrameInit } from '@rtmp/ertmp'
import { encodeVpConfig } from '@rtmp/ertmp/records'

/** Pictures a second, and pictures from one key frame to the next. */
const RATE = 25
const KEY_FRAME_EVERY = 50

/** What the stream is, for its metadata. */
export const METADATA = { width: 320, height: 180, framerate: RATE, videocodecid: 'vp09' } as const

const RECORD = encodeVpConfig({
  profile: 0,
  level: 10,
  bitDepth: 8,
  chromaSubsampling: 1,
  fullRange: false,
  colorPrimaries: 2,
  transferCharacteristics: 2,
  matrixCoefficients: 2,
  initializationData: new Uint8Array(0),
})

/** A clock that is drawn on a canvas and encoded as VP9 (WebCodecs), given as frames of `@rtmp/ertmp`. */
export class Camera {
  readonly #canvas: HTMLCanvasElement
  readonly #encoder: VideoEncoder
  readonly #timer: ReturnType<typeof setInterval>
  #index = 0

  /** @param take - Called with every frame: the codec's configuration first. */
  constructor(
    canvas: HTMLCanvasElement,
    take: (frame: MediaFrameInit) => void,
    fail: (error: Error) => void,
  ) {
    this.#canvas = canvas
    take({ kind: 'video', codec: 'vp9', type: 'sequenceHeader', dts: 0, payload: RECORD })
    this.#encoder = new VideoEncoder({
      error: fail,
      output(chunk) {
        const payload = new Uint8Array(chunk.byteLength)
        chunk.copyTo(payload)
        const dts = Math.round(chunk.timestamp / 1000)
        take({ kind: 'video', codec: 'vp9', type: 'coded', dts, keyFrame: chunk.type === 'key', payload })
      },
    })
    this.#encoder.configure({
      codec: 'vp09.00.10.08',
      width: canvas.width,
      height: canvas.height,
      bitrate: 500_000,
      framerate: RATE,
      latencyMode: 'realtime',
    })
    this.#timer = setInterval(() => this.#film(), 1000 / RATE)
  }

  /** Stops, and gives what is still being encoded. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.#encoder.flush()
    this.#encoder.close()
  }

  #film(): void {
    const index = this.#index++
    this.#draw(index)
    const frame = new VideoFrame(this.#canvas, { timestamp: (index * 1_000_000) / RATE })
    this.#encoder.encode(frame, { keyFrame: index % KEY_FRAME_EVERY === 0 })
    frame.close()
  }

  #draw(index: number): void {
    const { width, height } = this.#canvas
    const context = this.#canvas.getContext('2d')
    if (context === null) return
    context.fillStyle = `hsl(${index % 360} 60% 25%)`
    context.fillRect(0, 0, width, height)
    context.fillStyle = 'white'
    context.font = '48px sans-serif'
    context.textAlign = 'center'
    context.fillText((index / RATE).toFixed(2), width / 2, height / 2 + 16)
  }
}
