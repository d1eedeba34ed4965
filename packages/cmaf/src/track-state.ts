import type { ColorInfo, MediaFrame, MediaKind } from '@rtmp/e-rtmp'
import { soundIdentity } from './describe-sound.ts'
import { describedByFrames, describeTrack, type TrackEvidence } from './describe-track.ts'
import type { CmafSample, TrackRun } from './fragment.ts'
import { opusPacketDuration } from './opus-packet.ts'
import type { FragmentTrack } from './piece.ts'
import type { TrackConfig } from './track-config.ts'

/** Decode times that go back by less are put right; by more it is another timeline. Milliseconds. */
const DISORDER = 1000
/** What a frame lasts when nothing says so: 25 pictures a second, 1024 samples of 48 kHz. Milliseconds. */
const USUAL_DURATION = { video: 40, audio: 1024 / 48 } as const

/** How much of a key frame is kept, which says how large pictures are. Bytes. */
const FRAME_HEAD = 256

/** A track's configuration, and what it was made from. */
export interface Description {
  readonly config: TrackConfig | undefined
  readonly codec: string
  /** For codecs without a record: what is the same for all frames. */
  readonly identity: string
  readonly evidence: TrackEvidence
}

const describe = (codec: string, identity: string, evidence: TrackEvidence): Description => ({
  config: describeTrack(evidence),
  codec,
  identity,
  evidence,
})

/** What a {@link CmafWriter} knows of one track: its header, its configuration, and the frames not yet written. */
export class TrackState {
  readonly kind: MediaKind
  readonly trackId: number
  /** track_ID: odd for video, even for sound, so that it depends on nothing but the track. */
  readonly id: number
  /** As of now; `undefined` until enough is known. */
  config: TrackConfig | undefined
  /** The codec of the frames that `config` describes; `''` as long as none is known. */
  codec = ''
  /** Frames are expected: its header has come, or it was named. */
  announced = false
  /** Codecs for which a fault was reported, so that each is reported once. */
  readonly reported: Set<string> = new Set()
  #evidence: TrackEvidence = {}
  /** For codecs without a record: what `config` was made from. */
  #identity = ''
  #pending: CmafSample[] = []
  #lastTime: number | undefined
  #lastStep: number | undefined
  /** What the newest frame says of its own length. */
  #ownDuration: number | undefined

  constructor(kind: MediaKind, trackId: number) {
    this.kind = kind
    this.trackId = trackId
    this.id = 2 * trackId + (kind === 'video' ? 1 : 2)
  }

  get hasPending(): boolean {
    return this.#pending.length > 0
  }

  /** From the first to the last decode time of what is pending, in milliseconds. */
  get pendingDuration(): number {
    return (this.#pending.at(-1)?.decodeTime ?? 0) - (this.#pending[0]?.decodeTime ?? 0)
  }

  /** The earliest presentation time of what is pending; infinite without any. */
  get earliestPresentation(): number {
    return Math.min(
      ...this.#pending.map(({ decodeTime, compositionOffset }) => decodeTime + compositionOffset),
    )
  }

  /** Whether a sequence header says something new. */
  isNewHeader(frame: MediaFrame): boolean {
    const known = this.#evidence.header
    return known === undefined || known.codec !== frame.codec || !sameBytes(known.payload, frame.payload)
  }

  /** What the track is with a new sequence header, copied, since it outlives its message. @throws DecodeError */
  withHeader(frame: MediaFrame): Description {
    const header = { ...frame, payload: frame.payload.slice() }
    const { colorInfo } = this.#evidence
    return describe(frame.codec, '', { header, colorInfo })
  }

  isNewColor(colorInfo: ColorInfo | undefined): boolean {
    return JSON.stringify(colorInfo) !== JSON.stringify(this.#evidence.colorInfo)
  }

  /** What the track is with another colour. @throws DecodeError */
  withColor(colorInfo: ColorInfo | undefined): Description {
    return describe(this.codec, this.#identity, { ...this.#evidence, colorInfo })
  }

  /** What the track is by a frame, where headers alone were not enough. @throws DecodeError */
  withFrame(frame: MediaFrame): Description {
    const told = describedByFrames(frame.codec)
    const start = { ...frame, payload: frame.payload.slice(0, FRAME_HEAD) }
    return describe(frame.codec, told ? soundIdentity(frame) : '', {
      ...this.#evidence,
      // The size of E-AC-3's frames is in its configuration, so it takes them whole.
      frame: told ? frame : frame.keyFrame ? start : undefined,
    })
  }

  /** Whether what is pending can stand behind the same init segment as what is described now. */
  allows({ config }: Description): boolean {
    return (
      config !== undefined &&
      this.config !== undefined &&
      sameBytes(config.sampleEntry, this.config.sampleEntry)
    )
  }

  adopt(description: Description): void {
    if (!this.allows(description)) this.config = description.config
    this.codec = description.codec
    this.#identity = description.identity
    this.#evidence = describedByFrames(description.codec)
      ? { ...description.evidence, frame: undefined }
      : description.evidence
  }

  /** Whether a frame can be written as the track is described now. @throws DecodeError for a broken frame header */
  describes(frame: MediaFrame): boolean {
    if (this.config === undefined || this.codec !== frame.codec) return false
    return !describedByFrames(frame.codec) || soundIdentity(frame) === this.#identity
  }

  /** Whether a decode time goes back so far that it belongs to another timeline. */
  isJumpBack(time: number): boolean {
    return this.#lastTime !== undefined && this.#lastTime - time >= DISORDER
  }

  /** Whether a decode time can stand in the same fragment as what is pending: durations have 32 bits. */
  continues(time: number, timescale: number): boolean {
    const last = this.#pending.at(-1)?.decodeTime ?? time
    return !this.isJumpBack(time) && ((time - last) * timescale) / 1000 < 0xffffffff
  }

  /**
   * Takes a frame to be decoded at a time.
   *
   * A time a little before the last one is out of order, which MP4 cannot say: the frame is decoded with the last one. A
   * picture is still shown when it said; sound is not shown, but heard as it is decoded.
   */
  append(frame: MediaFrame, time: number): void {
    const last = this.isJumpBack(time) ? undefined : this.#lastTime
    const decodeTime = last === undefined ? time : Math.max(last, time)
    const from = this.kind === 'video' ? time : decodeTime
    this.#pending.push({
      decodeTime,
      compositionOffset: from - decodeTime + (frame.pts - frame.dts) + frame.nanoOffset / 1_000_000,
      keyFrame: frame.keyFrame,
      data: frame.payload,
    })
    if (last !== undefined && decodeTime > last && decodeTime - last < DISORDER)
      this.#lastStep = decodeTime - last
    this.#lastTime = decodeTime
    this.#ownDuration =
      frame.codec === 'opus' ? opusPacketDuration(frame.payload) : this.config?.frameDuration
  }

  /**
   * What is pending, as a run, and what is told of it.
   *
   * @param hold - Leave the newest frame, whose coming says how long the one before it lasts.
   */
  takeRun(
    timescale: number,
    hold: boolean,
  ): { readonly run: TrackRun; readonly told: FragmentTrack } | undefined {
    const held = hold ? this.#pending.at(-1) : undefined
    const samples = held === undefined ? this.#pending : this.#pending.slice(0, -1)
    const first = samples[0]
    const last = samples.at(-1)
    if (first === undefined || last === undefined) return undefined
    this.#pending = held === undefined ? [] : [held]
    const lastDuration = held === undefined ? this.#durationOfLast() : held.decodeTime - last.decodeTime
    const { id, kind, trackId } = this
    const start = first.decodeTime
    const end = last.decodeTime + lastDuration
    return {
      run: { trackId: id, timescale, samples, lastDuration },
      told: { id, kind, trackId, samples: samples.length, start, end, keyFrame: first.keyFrame },
    }
  }

  /** Sound says how long it lasts; pictures come as they last came, since what their headers say is often untrue. */
  #durationOfLast(): number {
    const own = this.#ownDuration
    const step = this.#lastStep
    return (this.kind === 'audio' ? (own ?? step) : (step ?? own)) ?? USUAL_DURATION[this.kind]
  }
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i])
