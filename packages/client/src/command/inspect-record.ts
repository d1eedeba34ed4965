import type { CodecFacts } from '@rtmp/e-rtmp/records'
import type { JsonValue } from './json-value.ts'

/** Which end of a connection sent something. */
export type Sender = 'client' | 'server'

/** Where a record was found. */
export interface RecordPlace {
  /** Milliseconds: the message's or tag's own timestamp, a uint32; 0 for what has none. */
  readonly timestamp: number
  /** Length of the payload. */
  readonly bytes: number
  /** Which end sent it; absent for files of media. */
  readonly from?: Sender
  /** Position of the tag in an FLV file. */
  readonly offset?: number
  /** Type of the message or tag. */
  readonly typeId?: number
  readonly messageStreamId?: number
  readonly csid?: number
  /** Number of the connection, from 1, where there can be several. */
  readonly connection?: number
  /** Milliseconds from the start of the program, where messages are seen as they travel. */
  readonly at?: number
}

/** One track's part of an audio or video message. */
export interface FrameRecord {
  readonly trackId: number
  /** `'h264'`, `'aac'`, …: see `MediaFrame` of `@rtmp/e-rtmp`. */
  readonly codec: string
  /** `'sequenceHeader'`, `'coded'`, … */
  readonly type: string
  readonly keyFrame: boolean
  /** When to show it, in milliseconds. */
  readonly pts: number
  /** Bytes of the frame without any header. */
  readonly bytes: number
  readonly form: 'legacy' | 'enhanced'
  readonly nanoOffset?: number
  /** What the frame says of its codec. */
  readonly facts?: CodecFacts
  /** Metadata frames and channel layouts, decoded. */
  readonly value?: JsonValue
}

/** What does not fit the rules. */
export interface Problem {
  /** Stable, for programs. */
  readonly code: string
  /** For people. */
  readonly message: string
}

/** What a message says, by kind. */
export type RecordContent =
  | { readonly kind: 'audio' | 'video'; readonly frames: readonly FrameRecord[] }
  | { readonly kind: 'data'; readonly name: string; readonly values: readonly JsonValue[] }
  | {
      readonly kind: 'command'
      readonly name: string
      readonly transactionId: number
      readonly commandObject: JsonValue
      readonly args: readonly JsonValue[]
    }
  /** Protocol control and user control; `name` says which, and its fields follow in `values`. */
  | {
      readonly kind: 'control'
      readonly name: string
      readonly values: { readonly [field: string]: JsonValue }
    }
  | {
      readonly kind: 'sharedObject'
      readonly name: string
      readonly version: number
      readonly events: readonly JsonValue[]
    }
  | { readonly kind: 'aggregate'; readonly messages: readonly InspectRecord[] }
  /** One end's handshake: the form, and the time and version fields of C1 or S1. */
  | {
      readonly kind: 'handshake'
      readonly form: 'plain' | 'digest'
      readonly protocolVersion: number
      readonly peerTime: number
      readonly peerVersion: number
    }
  /** The header of an FLV file. */
  | {
      readonly kind: 'header'
      readonly version: number
      readonly hasAudio: boolean
      readonly hasVideo: boolean
    }
  /** Begin and end of a connection, or of waiting for some. */
  | {
      readonly kind: 'connection'
      readonly state: 'listening' | 'opened' | 'closed'
      readonly text: string
    }
  /** Something about the bytes around, not about one message. */
  | { readonly kind: 'problem' }
  /** A message of an unknown type, or one that cannot be decoded. */
  | { readonly kind: 'unknown' }

/** One line of `rtmp inspect`. */
export type InspectRecord = RecordPlace &
  RecordContent & {
    readonly problem?: Problem
    /** The first bytes of the payload in hexadecimal, where asked for. */
    readonly hex?: string
  }

/** What a record can be; the kinds of RTMP messages, and of what surrounds them. */
export const RECORD_KINDS = [
  'audio',
  'video',
  'data',
  'command',
  'control',
  'sharedObject',
  'aggregate',
  'handshake',
  'header',
  'connection',
  'problem',
  'unknown',
] as const satisfies readonly InspectRecord['kind'][]

/** Kind of a record. */
export type RecordKind = (typeof RECORD_KINDS)[number]
