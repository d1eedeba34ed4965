import type { MediaFrameInit } from '@rtmp/e-rtmp'
import { encodeOpusHead } from '@rtmp/e-rtmp/records'

/** Samples that Opus encoders of browsers want to be skipped at the start: 6.5 ms of 48 kHz. */
const PRE_SKIP = 312

const BITRATE = 96_000

/** Sound of a microphone to Opus, as frames of `@rtmp/e-rtmp`. */
export class SoundEncoder {
  readonly #take: (frame: MediaFrameInit) => void
  readonly #fail: (error: Error) => void
  #encoder: AudioEncoder | undefined

  constructor(take: (frame: MediaFrameInit) => void, fail: (error: Error) => void) {
    this.#take = take
    this.#fail = fail
  }

  /** Encodes a piece of sound at a time in milliseconds, and closes it. */
  encode(sound: AudioData, at: number): void {
    this.#encoder ??= this.#begin(sound)
    const { numberOfChannels, numberOfFrames, sampleRate } = sound
    const size = sound.allocationSize({ planeIndex: 0, format: 'f32' })
    const data = new Float32Array(size / Float32Array.BYTES_PER_ELEMENT)
    sound.copyTo(data, { planeIndex: 0, format: 'f32' })
    sound.close()
    const timestamp = Math.round(at * 1000)
    const timed = new AudioData({
      format: 'f32',
      data,
      numberOfChannels,
      numberOfFrames,
      sampleRate,
      timestamp,
    })
    if (this.#encoder.state === 'configured') this.#encoder.encode(timed)
    timed.close()
  }

  async close(): Promise<void> {
    if (this.#encoder?.state !== 'configured') return
    await this.#encoder.flush().catch(() => undefined)
    this.#encoder.close()
  }

  #begin({ numberOfChannels, sampleRate }: AudioData): AudioEncoder {
    const payload = encodeOpusHead({
      version: 1,
      channels: numberOfChannels,
      preSkip: PRE_SKIP,
      inputSampleRate: sampleRate,
      outputGain: 0,
      mappingFamily: 0,
      mapping: undefined,
    })
    this.#take({ kind: 'audio', codec: 'opus', type: 'sequenceHeader', dts: 0, payload })
    const encoder = new AudioEncoder({
      error: this.#fail,
      output: (chunk) => {
        const packet = new Uint8Array(chunk.byteLength)
        chunk.copyTo(packet)
        const dts = Math.round(chunk.timestamp / 1000)
        this.#take({ kind: 'audio', codec: 'opus', type: 'coded', dts, payload: packet })
      },
    })
    encoder.configure({ codec: 'opus', numberOfChannels, sampleRate, bitrate: BITRATE })
    return encoder
  }
}
