import { HANDSHAKE_SIZE } from '@rtmp/handshake'
import { FlvNotice, FlvReader, isFlvSignature, readFlv } from '@rtmp/flv'
import { isDecodeError } from '@rtmp/bytes'
import { hmacSha256 } from './hmac-sha256.ts'
import { type ByteSource, peekBytes } from './byte-source.ts'
import { type DescribeOptions, describeTag } from '../../command/describe-message.ts'
import { CommandFailure, ExitCode } from '../../command/exit-code.ts'
import type { InspectRecord, Problem, Sender } from '../../command/inspect-record.ts'
import { problemOf } from '../../command/problem.ts'
import { WireDecoder } from '../../command/wire-decoder.ts'

/** Options of {@link inspectFile}. */
export interface InspectFileOptions extends DescribeOptions {
  /** Who sent the bytes of a capture; found out when absent. */
  readonly from?: Sender
  /** False: a capture that begins behind the handshake. Found out when absent. */
  readonly handshake?: boolean
}

/** Enough to see the handshake and the first command behind it. */
const HEAD_SIZE = HANDSHAKE_SIZE + 512

/** All records of an FLV file, or of one direction of a connection as it was on the wire. @throws CommandFailure */
export async function* inspectFile(
  source: ByteSource,
  options: InspectFileOptions = {},
): AsyncGenerator<InspectRecord, void, undefined> {
  const { head, all } = await peekBytes(source.open(), HEAD_SIZE)
  if (head.length === 0) throw new CommandFailure(ExitCode.file, `${source.name} is empty.`)
  if (isFlvSignature(head)) yield* inspectFlv(all, options)
  else yield* inspectCapture(all, captureOf(head, source.name, options))
}

async function* inspectFlv(
  bytes: AsyncIterable<Uint8Array>,
  options: DescribeOptions,
): AsyncGenerator<InspectRecord, void, undefined> {
  const reader = new FlvReader()
  let first = true
  const header = (): InspectRecord[] => {
    if (!first || reader.header === undefined) return []
    first = false
    const { version, hasAudio, hasVideo, dataOffset } = reader.header
    return [{ kind: 'header', timestamp: 0, bytes: dataOffset, offset: 0, version, hasAudio, hasVideo }]
  }
  try {
    for await (const tag of readFlv(bytes, reader)) {
      yield* header()
      const record = describeTag(tag, tag.offset, options)
      const problem = record.problem ?? noticed(tag.notices)
      yield problem === undefined ? record : { ...record, problem }
    }
  } catch (error) {
    if (!isDecodeError(error)) throw error
    yield { kind: 'problem', timestamp: 0, bytes: 0, offset: error.offset, problem: problemOf(error) }
  }
  yield* header()
  for (const { kind, offset, length } of reader.damages) {
    const problem = {
      code: `FLV_${kind.toUpperCase()}`,
      message: `${DAMAGE[kind]} (${length} bytes from byte ${offset})`,
    }
    yield { kind: 'problem', timestamp: 0, bytes: length, offset, problem }
  }
}

const DAMAGE = {
  skipped: 'bytes that are no tag were passed over',
  repaired: 'a tag with a wrong size was read by its back pointer',
  truncated: 'the file ends inside a tag',
  stopped: 'reading ended at damage',
} as const

const NOTICES: Readonly<Record<keyof typeof FlvNotice, string>> = {
  newHeader: 'a new file header stands before this tag',
  damageBefore: 'bytes were passed over before this tag',
  previousTagSize: 'the back pointer is wrong',
  repairedSize: 'the size is wrong and was taken from the back pointer',
  timeBackwards: 'the timestamp goes backwards',
  timeJump: 'the timestamp jumps ahead by more than an hour',
  negativeTime: 'the timestamp is negative',
  streamId: 'the stream id is not 0',
  unknownType: 'the tag is of an unknown type',
}

const noticed = (notices: number): Problem | undefined => {
  if (notices === 0) return undefined
  const names = (Object.keys(FlvNotice) as (keyof typeof FlvNotice)[]).filter(
    (name) => (notices & FlvNotice[name]) !== 0,
  )
  return { code: 'FLV_NOTICE', message: names.map((name) => NOTICES[name]).join('; ') }
}

interface CaptureOptions extends DescribeOptions {
  readonly from: Sender
  readonly handshake: boolean
}

async function* inspectCapture(
  bytes: AsyncIterable<Uint8Array>,
  options: CaptureOptions,
): AsyncGenerator<InspectRecord, void, undefined> {
  const decoder = new WireDecoder({ ...options, hmacSha256 })
  for await (const slice of bytes) {
    yield* decoder.push(slice)
    if (decoder.broken) return
  }
  yield* decoder.end()
}

const CONNECT = 'connect'

/** What kind of capture it is, by its first bytes and its name. */
const captureOf = (head: Uint8Array, name: string, options: InspectFileOptions): CaptureOptions => {
  const latin1 = Buffer.from(head.buffer, head.byteOffset, head.length)
  const startsWithCommand = latin1.subarray(0, 64).includes(CONNECT, 0, 'latin1')
  const handshake = options.handshake ?? !startsWithCommand
  if (handshake && head[0] !== 3 && options.handshake === undefined) {
    throw new CommandFailure(
      ExitCode.file,
      `${name} is neither an FLV file nor RTMP from its first byte on; for a capture that begins behind the handshake add --chunks.`,
    )
  }
  const named = /\bc2s\b/i.test(name) ? 'client' : /\bs2c\b/i.test(name) ? 'server' : undefined
  const said = latin1.subarray(handshake ? HANDSHAKE_SIZE : 0).includes(CONNECT, 0, 'latin1')
    ? 'client'
    : 'server'
  return { ...options, handshake, from: options.from ?? named ?? said }
}
