import { type LogEntry, type RtmpPublisher, publish } from '@rtmp/client/web'
import type { MediaFrameInit } from '@rtmp/e-rtmp'
import { PictureEncoder } from './picture-encoder.ts'
import { SoundEncoder } from './sound-encoder.ts'
import { readTrack } from './track-reader.ts'
import type { PictureWish, VideoCodec } from './video-codecs.ts'

/** What is published, and where to. */
export interface BroadcastInit {
  readonly media: MediaStream
  readonly codec: VideoCodec
  readonly wish: PictureWish
  /** App and name, with its parameters. */
  readonly stream: string
  readonly log: (entry: LogEntry) => void
  readonly fail: (error: Error) => void
}

/** How a broadcast does. */
export interface BroadcastStats {
  readonly seconds: number
  readonly bitsPerSecond: number
  readonly pictures: number
  readonly leftOut: number
  readonly waitingBytes: number
}

/** A camera's pictures and a microphone's sound on their way to the server, as RTMP over a WebSocket. */
export class Broadcast {
  readonly publisher: RtmpPublisher
  readonly #pictures: PictureEncoder
  readonly #sound: SoundEncoder
  readonly #stop = new AbortController()
  readonly #startedAt = performance.now()
  readonly #fail: (error: Error) => void
  #bytes = 0
  #samples: { readonly at: number; readonly bytes: number }[] = []

  private constructor(publisher: RtmpPublisher, { media, codec, fail }: BroadcastInit) {
    this.publisher = publisher
    this.#fail = fail
    const write = (frame: MediaFrameInit): void => {
      this.#bytes += frame.payload.length
      // What does not get through is told by the publisher itself.
      publisher.write(frame).catch(() => undefined)
    }
    this.#pictures = new PictureEncoder(codec, write, fail)
    this.#sound = new SoundEncoder(write, fail)
    publisher.on('state', (state) => {
      if (state === 'live') this.#pictures.wantKey()
    })
    for (const track of media.getVideoTracks())
      this.#read<VideoFrame>(track, (picture, at) => this.#pictures.encode(picture, at))
    for (const track of media.getAudioTracks().slice(0, 1))
      this.#read<AudioData>(track, (sound, at) => this.#sound.encode(sound, at))
  }

  /** Connects and begins. @throws RtmpClientError */
  static async begin(init: BroadcastInit): Promise<Broadcast> {
    const { wish, codec, stream, log } = init
    const url = `rtmp://${location.hostname}/${stream}`
    const publisher = await publish(url, {
      dial: `${location.origin.replace(/^http/, 'ws')}/rtmp`,
      reconnect: true,
      queue: { overflow: 'drop' },
      onLog: log,
    })
    const { width, height, framerate } = wish
    await publisher.writeMetadata({ width, height, framerate, encoder: `browser, ${codec.title}` })
    return new Broadcast(publisher, init)
  }

  get stats(): BroadcastStats {
    const at = performance.now()
    this.#samples = [...this.#samples.filter((sample) => at - sample.at < 3000), { at, bytes: this.#bytes }]
    const [first] = this.#samples
    const elapsed = first === undefined ? 0 : at - first.at
    return {
      seconds: Math.round((at - this.#startedAt) / 1000),
      bitsPerSecond: elapsed > 0 && first !== undefined ? ((this.#bytes - first.bytes) * 8000) / elapsed : 0,
      pictures: this.#pictures.encoded,
      leftOut: this.#pictures.leftOut + this.publisher.stats.videoDropped,
      waitingBytes: this.publisher.stats.queuedBytes,
    }
  }

  /** Sends what there still is, and ends the stream. */
  async end(): Promise<void> {
    this.#stop.abort()
    await this.#pictures.close()
    await this.#sound.close()
    await this.publisher.end().catch(() => undefined)
  }

  /** Reads a track. The clocks of camera and microphone begin where they like: each is set by when its first piece comes. */
  #read<Data extends VideoFrame | AudioData>(
    track: MediaStreamTrack,
    take: (data: Data, at: number) => void,
  ): void {
    let offset: number | undefined
    const timed = (data: Data): void => {
      const own = data.timestamp / 1000
      offset ??= performance.now() - this.#startedAt - own
      take(data, Math.max(0, own + offset))
    }
    readTrack<Data>(track, timed, this.#stop.signal).catch((error: unknown) => {
      if (!this.#stop.signal.aborted) this.#fail(error instanceof Error ? error : new Error(String(error)))
    })
  }
}
