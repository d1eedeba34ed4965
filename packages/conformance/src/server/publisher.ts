import { data } from '../wire/commands.ts'
import type { OutMessage } from '../wire/chunk-bytes.ts'
import { AAC_HEADER, AVC_HEADER } from '../wire/media.ts'
import type { WirePeer } from '../wire/wire-peer.ts'

/** A connection that publishes. */
export class Publisher {
  readonly peer: WirePeer
  readonly msid: number
  readonly name: string

  constructor(peer: WirePeer, msid: number, name: string) {
    this.peer = peer
    this.msid = msid
    this.name = name
  }

  audio(payload: Uint8Array, timestamp: number): OutMessage {
    return { typeId: 8, msid: this.msid, timestamp, payload }
  }

  video(payload: Uint8Array, timestamp: number): OutMessage {
    return { typeId: 9, msid: this.msid, timestamp, payload }
  }

  sendAudio(payload: Uint8Array, timestamp: number): void {
    this.peer.send(this.audio(payload, timestamp))
  }

  sendVideo(payload: Uint8Array, timestamp: number): void {
    this.peer.send(this.video(payload, timestamp))
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
