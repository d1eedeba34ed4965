import { data } from '../wire/commands.ts'
import type { OutMessage } from '../wire/chunk-bytes.ts'
import { AAC_HEADER, AVC_HEADER, videoFrame } from '../wire/media.ts'
import type { WirePeer } from '../wire/wire-peer.ts'

/** A message of media. */
export interface Probe {
  readonly typeId: 8 | 9
  readonly payload: Uint8Array
}

/** A connection that publishes. */
export class Publisher {
  readonly peer: WirePeer
  readonly msid: number
  readonly name: string
  /** What shows that media of this stream come through: a key frame, unlike every other, unless said otherwise. */
  readonly probe: () => Probe
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

  audio(payload: Uint8Array, timestamp: number): OutMessage {
    return { typeId: 8, msid: this.msid, timestamp, payload }
  }

  video(payload: Uint8Array, timestamp: number): OutMessage {
    return { typeId: 9, msid: this.msid, timestamp, payload }
  }

  sendAudio(payload: Uint8Array, timestamp: number): void {
    this.sendMedia({ typeId: 8, payload }, timestamp)
  }

  sendVideo(payload: Uint8Array, timestamp: number): void {
    this.sendMedia({ typeId: 9, payload }, timestamp)
  }

  sendMedia({ typeId, payload }: Probe, timestamp: number): void {
    this.#time = timestamp
    this.peer.send({ typeId, msid: this.msid, timestamp, payload })
  }

  /** Metadata and both sequence headers, as encoders begin. */
  sendHeaders(timestamp = 0): void {
    this.peer.send(
      data(this.msid, timestamp, '@setDataFrame', 'onMetaData', {
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
  /** What the server adds to timestamps: those of the player minus those of the publisher. */
  readonly shift: number
}
