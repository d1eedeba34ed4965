import { data } from '../wire/commands.ts'
import type { OutMessage } from '../wire/chunk-bytes.ts'
import { AAC_HEADER, AVC_HEADER, videoFrame } from '../wire/media.ts'
import type { WirePeer } from '../wire/wire-peer.ts'

/** A message of media. */
export interface Probe {
  readonly typeId: 8 | 9
  readonly payload: Uint8Array
}

const LEAD_IN_MS = 4000
const LEAD_IN_STEP_MS = 250

/** A connection that publishes. */
export class Publisher {
  readonly peer: WirePeer
  readonly msid: number
  readonly name: string
  /** What shows that media of this stream come through: a key frame, unlike every other, unless said otherwise. */
  readonly probe: () => Probe
  /** Milliseconds that are added to every timestamp of a case: the length of a {@link leadIn}, 0 without one. */
  base = 0
  /** Frames of the stream's other tracks, for a {@link leadIn}: a server may take a track without any for absent. */
  otherTracks: readonly (() => Probe)[] = []
  #time = -1

  constructor(
    peer: WirePeer,
    msid: number,
    name: string,
    probe: () => Probe = () => ({ typeId: 9, payload: videoFrame(60, true) }),
  ) {
    this.peer = peer
    this.msid = msid
    this.name = name
    this.probe = probe
  }

  /** A timestamp just behind the last one that {@link sendMedia} was given; 0 before any. */
  get nextTime(): number {
    return (this.#time + 1) % 2 ** 32
  }

  /** A timestamp of a case as it is sent. */
  at(timestamp: number): number {
    return (timestamp + this.base) % 2 ** 32
  }

  /** The timestamp that a case has to give for exactly this one to be sent. */
  exactly(timestamp: number): number {
    return (timestamp - this.base + 2 ** 32) % 2 ** 32
  }

  audio(payload: Uint8Array, timestamp: number): OutMessage {
    return this.media({ typeId: 8, payload }, timestamp)
  }

  video(payload: Uint8Array, timestamp: number): OutMessage {
    return this.media({ typeId: 9, payload }, timestamp)
  }

  media({ typeId, payload }: Probe, timestamp: number): OutMessage {
    return { typeId, msid: this.msid, timestamp: this.at(timestamp), payload }
  }

  sendAudio(payload: Uint8Array, timestamp: number): void {
    this.sendMedia({ typeId: 8, payload }, timestamp)
  }

  sendVideo(payload: Uint8Array, timestamp: number): void {
    this.sendMedia({ typeId: 9, payload }, timestamp)
  }

  sendMedia(probe: Probe, timestamp: number): void {
    this.#time = timestamp
    this.peer.send(this.media(probe, timestamp))
  }

  /** Seconds of the stream, for a server that has one only when its timestamps have gone on; what follows goes on behind them. */
  leadIn(): void {
    for (let passed = 0; passed < LEAD_IN_MS; passed += LEAD_IN_STEP_MS)
      for (const frame of [this.probe, ...this.otherTracks])
        this.peer.send(this.media(frame(), this.nextTime + passed))
    this.base += LEAD_IN_MS
  }

  /** Metadata and both sequence headers, as encoders begin. */
  sendHeaders(timestamp = 0): void {
    this.peer.send(
      data(this.msid, this.at(timestamp), '@setDataFrame', 'onMetaData', {
        width: 320,
        height: 180,
        videocodecid: 7,
        audiocodecid: 10,
      }),
      this.video(AVC_HEADER, timestamp),
      this.audio(AAC_HEADER, timestamp),
    )
  }
}

/** A connection that plays. */
export interface Player {
  readonly peer: WirePeer
  readonly msid: number
}

/** A publisher and a player of its stream, both running, with one picture through. */
export interface Pair {
  readonly pub: Publisher
  readonly sub: Player
  /** What the server adds to timestamps: those of the player minus those that the case gave the publisher. */
  readonly shift: number
}
