import { isDecodeError } from '@rtmp/bytes'
import { ContinuousClock } from '@rtmp/bytes/time'
import { type MediaFrame, toMediaFrames } from '@rtmp/e-rtmp'
import { FlvReader, type FlvTag, TagType } from '@rtmp/flv'
import { decodeScriptData } from '@rtmp/flv/script'

/** The longest tag that is believed, in bytes. */
const MAX_TAG = 8 << 20

/** Who gets what is read. */
export interface FrameOwner {
  /** A frame, on the one clock of all connections. */
  frame(frame: MediaFrame): void
  /** Data of the stream; `time` in milliseconds on the same clock. */
  data(name: string, values: readonly unknown[], time: number): void
}

/** FLV of one connection after the other to frames on one clock. What the player has had already is left out. */
export class FrameReader {
  /** Messages that could not be read so far. */
  broken = 0
  readonly #owner: FrameOwner
  readonly #clock = new ContinuousClock({ jumps: 'mend' })
  #reader = new FlvReader()
  #skipsRepeats = false

  constructor(owner: FrameOwner) {
    this.#owner = owner
  }

  /** Which kinds the file header says there are; `undefined` before it has been read. */
  get announced(): { readonly video: boolean; readonly audio: boolean } | undefined {
    const { header } = this.#reader
    return header === undefined ? undefined : { video: header.hasVideo, audio: header.hasAudio }
  }

  /**
   * What follows comes from another connection.
   *
   * @param again - Frames that were had before are wanted once more.
   */
  begin(again: boolean): void {
    this.#reader = new FlvReader({ maxTagSize: MAX_TAG })
    this.#skipsRepeats = !again && this.#clock.started
    this.#clock.begin()
  }

  /** @throws DecodeError of `@rtmp/flv` when it is no FLV */
  push(bytes: Uint8Array, now: number): void {
    this.#reader.push(bytes)
    for (let tag = this.#reader.read(); tag !== undefined; tag = this.#reader.read()) this.#take(tag, now)
  }

  #take(tag: FlvTag, now: number): void {
    try {
      if (tag.typeId === TagType.video) this.#takeMedia('video', tag, now)
      else if (tag.typeId === TagType.audio) this.#takeMedia('audio', tag, now)
      else if (tag.typeId === TagType.script || tag.typeId === TagType.scriptAmf3) this.#takeData(tag)
    } catch (error) {
      if (!isDecodeError(error)) throw error
      this.broken += 1
    }
  }

  #takeMedia(kind: 'audio' | 'video', { timestamp, payload }: FlvTag, now: number): void {
    for (const frame of toMediaFrames(kind, timestamp, payload)) {
      const track = frame.trackId * 2 + (kind === 'video' ? 1 : 0)
      if (frame.type !== 'coded') {
        const at = this.#clock.at(timestamp)
        this.#owner.frame({ ...frame, dts: at, pts: at })
        continue
      }
      if (this.#skipsRepeats && this.#clock.repeats(track, timestamp, now)) continue
      const dts = this.#clock.map(track, timestamp, now)
      this.#owner.frame({ ...frame, dts, pts: dts + (frame.pts - frame.dts) })
    }
  }

  #takeData({ payload, typeId, timestamp }: FlvTag): void {
    const { name, values } = decodeScriptData(payload, typeId)
    this.#owner.data(name, values, this.#clock.at(timestamp))
  }
}
