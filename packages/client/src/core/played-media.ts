import { property } from '@rtmp/amf0/accessors'
import { MediaMessage } from '@rtmp/e-rtmp'
import { TagType } from '@rtmp/flv'
import { StatusCode } from '@rtmp/message'
import type { DataEvent, MediaEvent } from '@rtmp/session'
import type { ClientHost } from './host.ts'
import { goesOnAt } from './outgoing.ts'
import { PacketQueue } from './packet-queue.ts'
import { Splice } from './splice.ts'

/** Headers and metadata of a connection that waits for its first key frame. */
const MAX_EARLY = 256

/** Messages to the player's machinery, not to whoever watches. */
const INTERNAL = new Set(['|RtmpSampleAccess', 'onPlayStatus', 'onStatus'])

/** What counts what has come. */
export interface PlayedCounters {
  readonly audioReceived: number
  readonly videoReceived: number
  readonly dataReceived: number
  readonly bytesReceived: number
}

/** What is played, over several connections, on its way to whoever reads: one clock, no header and no frame twice. */
export class PlayedMedia {
  readonly queue: PacketQueue
  readonly #host: ClientHost
  readonly #splice = new Splice()
  /** The headers passed on last, by their key, so that repetitions are left out. */
  readonly #headers = new Map<string, Uint8Array>()
  /** What has come on a connection to move to, before its first key frame. */
  #early: MediaMessage[] = []
  #audio = 0
  #video = 0
  #data = 0
  #bytes = 0

  /** @param full - Called when more should not come for now, and when it may again. */
  constructor(host: ClientHost, maxBytes: number, full: (full: boolean) => void) {
    this.#host = host
    this.queue = new PacketQueue(maxBytes, full)
  }

  get counters(): PlayedCounters {
    return {
      audioReceived: this.#audio,
      videoReceived: this.#video,
      dataReceived: this.#data,
      bytesReceived: this.#bytes,
    }
  }

  /** Milliseconds on the output's clock of the newest frame. */
  get position(): number {
    return this.#splice.last
  }

  /** A further connection begins. */
  beginConnection(): void {
    this.#splice.begin()
  }

  /** Another publisher begins, or another stream, on the same connection. */
  beginAnother(): void {
    this.#splice.beginAnother()
  }

  /** The server goes to another position: what has come and was not read is thrown away. */
  jump(): void {
    this.#splice.jump()
    this.queue.clear()
  }

  media({ typeId, timestamp, payload }: MediaEvent): void {
    this.#passMedia(new MediaMessage(typeId, timestamp, payload))
  }

  /** False for the end of a recorded stream, as Flash Media Server tells it. */
  data(event: DataEvent): boolean {
    const packet = packetOf(event)
    if (packet === undefined) {
      return event.name !== 'onPlayStatus' || property(event.values[0], 'code') !== StatusCode.playComplete
    }
    this.#data += 1
    this.#pass(packet.at(this.#splice.at(packet.timestamp)))
    return true
  }

  /** Data of a connection to move to: its metadata is kept until then. */
  dataBeside(event: DataEvent): void {
    const packet = packetOf(event)
    if (packet !== undefined && event.isMetadata) this.#keepEarly(packet)
  }

  /** Media of a connection to move to: true for what the stream can go on with, else headers are kept until then. */
  startsBeside({ typeId, timestamp, payload }: MediaEvent): boolean {
    const packet = new MediaMessage(typeId, timestamp, payload)
    if (!packet.isHeader) return !this.#splice.hasVideo || goesOnAt(packet)
    this.#keepEarly(packet)
    return false
  }

  /** The connection to move to is the present one: what was kept of it comes first. */
  switched(): void {
    const early = this.#early
    this.#early = []
    this.#splice.begin()
    for (const packet of early) {
      if (packet.kind === 'data') this.#pass(packet.at(this.#splice.last))
      else this.#passMedia(packet)
    }
  }

  /** Forgets what was kept of a connection that is not moved to after all. */
  forgetEarly(): void {
    this.#early = []
  }

  #keepEarly(packet: MediaMessage): void {
    if (this.#early.length < MAX_EARLY) this.#early.push(packet)
  }

  #passMedia(packet: MediaMessage): void {
    const { isHeader, payload } = packet
    if (isHeader) {
      const key = packet.headerKey
      const known = this.#headers.get(key)
      if (this.#splice.undecided && known !== undefined && sameBytes(known, payload)) return
      this.#headers.set(key, payload)
    }
    const time = this.#splice.map(packet, !isHeader, this.#host.now())
    if (time === undefined) return
    if (packet.isAudio) this.#audio += 1
    else this.#video += 1
    this.#pass(packet.at(time))
  }

  #pass(packet: MediaMessage): void {
    this.#bytes += packet.payload.length
    this.queue.push(packet)
  }
}

const packetOf = ({ timestamp, payload, name, action }: DataEvent): MediaMessage | undefined =>
  action === 'clear' || INTERNAL.has(name)
    ? undefined
    : new MediaMessage(TagType.script, timestamp, payload, name)

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, at) => byte === b[at])
