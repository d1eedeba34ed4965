import { isDecodeError, isProtocolError } from '@rtmp/bytes'
import { ChunkReader } from '@rtmp/chunk'
import {
  CLIENT_KEYS,
  findDigest,
  HANDSHAKE_SIZE,
  type HmacSha256,
  PACKET_SIZE,
  SERVER_KEYS,
} from '@rtmp/handshake'
import { type DescribeOptions, describeMessage } from './describe-message.ts'
import type { InspectRecord, RecordPlace, Sender } from './inspect-record.ts'
import { problemOf } from './problem.ts'

/*
 * One direction of a connection as it is on the wire: 3073 bytes of handshake (C0 C1 C2 or S0 S1 S2), then chunks.
 */
const C0_SIZE = 1
const TLS_RECORD = 22

/** Options of a {@link WireDecoder}. */
export interface WireDecoderOptions extends DescribeOptions {
  /** Which end sent the bytes. */
  readonly from: Sender
  /** To tell a digest handshake from a plain one. */
  readonly hmacSha256: HmacSha256
  /** Whether the bytes begin with a handshake; default true. */
  readonly handshake?: boolean
  /** What every record has besides, asked for at each record. */
  readonly place?: () => Partial<RecordPlace>
}

/**
 * Reads one direction of a connection and says what is in it. Bytes that are no RTMP give one record of kind `problem`;
 * what comes after them is passed over.
 */
export class WireDecoder {
  readonly #options: WireDecoderOptions
  readonly #chunks: ChunkReader
  readonly #head: Uint8Array
  #headLength = 0
  #broken = false

  constructor(options: WireDecoderOptions) {
    this.#options = options
    const size = options.handshake === false ? 0 : HANDSHAKE_SIZE
    this.#head = new Uint8Array(size)
    this.#chunks = new ChunkReader({ position: size })
  }

  /** Whether a problem has ended the reading. */
  get broken(): boolean {
    return this.#broken
  }

  /** The records in the next bytes; they are borrowed. */
  push(bytes: Uint8Array): InspectRecord[] {
    if (this.#broken) return []
    const records: InspectRecord[] = []
    try {
      const rest = this.#takeHandshake(bytes, records)
      this.#chunks.push(rest)
      for (let message = this.#chunks.read(); message !== undefined; message = this.#chunks.read()) {
        records.push(describeMessage(message, this.#place(), this.#options))
      }
    } catch (error) {
      records.push(this.#problem(error))
    }
    return records
  }

  /** What is to be said when the bytes end here. */
  end(): InspectRecord[] {
    if (this.#broken) return []
    const { length } = this.#head
    if (this.#headLength < length) {
      return [
        this.#report(
          'HANDSHAKE_TRUNCATED',
          `the bytes end ${length - this.#headLength} bytes before the end of the handshake`,
        ),
      ]
    }
    try {
      this.#chunks.end()
      return []
    } catch (error) {
      return [this.#problem(error)]
    }
  }

  #place(): Partial<RecordPlace> {
    return { from: this.#options.from, ...this.#options.place?.() }
  }

  #problem(error: unknown): InspectRecord {
    if (!isDecodeError(error) && !isProtocolError(error)) throw error
    const { code, message } = problemOf(error)
    return this.#report(code, message)
  }

  #report(code: string, message: string): InspectRecord {
    this.#broken = true
    return { kind: 'problem', timestamp: 0, bytes: 0, ...this.#place(), problem: { code, message } }
  }

  /** Keeps the bytes of the handshake; returns those behind it. */
  #takeHandshake(bytes: Uint8Array, records: InspectRecord[]): Uint8Array {
    const missing = this.#head.length - this.#headLength
    if (missing === 0 || bytes.length === 0) return bytes
    if (this.#headLength === 0) {
      const why = strangerAt(bytes[0] as number)
      if (why !== undefined) {
        records.push(this.#report('NOT_RTMP', why))
        return new Uint8Array(0)
      }
    }
    const part = bytes.subarray(0, missing)
    this.#head.set(part, this.#headLength)
    this.#headLength += part.length
    if (part.length === missing) records.push(this.#handshake())
    return bytes.subarray(missing)
  }

  #handshake(): InspectRecord {
    const packet = this.#head.subarray(C0_SIZE, C0_SIZE + PACKET_SIZE)
    const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength)
    const keys = this.#options.from === 'client' ? CLIENT_KEYS : SERVER_KEYS
    const peerVersion = view.getUint32(4)
    const signed = peerVersion !== 0 && findDigest(packet, keys, this.#options.hmacSha256) !== undefined
    return {
      kind: 'handshake',
      timestamp: 0,
      bytes: HANDSHAKE_SIZE,
      ...this.#place(),
      form: signed ? 'digest' : 'plain',
      protocolVersion: this.#head[0] as number,
      peerTime: view.getUint32(0),
      peerVersion,
    }
  }
}

/** What bytes are whose first one cannot begin RTMP. */
const strangerAt = (first: number): string | undefined => {
  if (first >= 0x41 && first <= 0x7a) return 'the first byte is a letter: this looks like HTTP, not RTMP'
  if (first === TLS_RECORD)
    return 'the first byte is that of TLS: the connection is encrypted, as rtmps:// is'
  return first >= 32 ? `the first byte is ${first}; RTMP begins with 3` : undefined
}
