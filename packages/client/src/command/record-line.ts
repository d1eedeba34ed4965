import type { CodecFacts } from '@rtmp/e-rtmp/records'
import { codecTitle } from '@rtmp/e-rtmp'
import type { FrameRecord, InspectRecord } from './inspect-record.ts'
import { hexOf, type JsonValue } from './json-value.ts'
import type { Paint } from './paint.ts'
import { count, formatBytes, formatNumber, formatTime } from './quantity.ts'
import { safeText } from './safe-text.ts'
import { valueText } from './value-text.ts'

/** How lines are written. */
export interface LineOptions {
  readonly paint: Paint
  /** Characters that fit in a line; longer ones are cut. Absent: nothing is cut. */
  readonly columns?: number
}

/** One record as a line for people (several lines for aggregates and with hexadecimal bytes), without the last line end. */
export const recordLine = (record: InspectRecord, options: LineOptions): string =>
  linesOf(record, options, '').join('\n')

/** Titles for the columns of {@link recordLine}, for records like this one. */
export const titleLine = (record: InspectRecord, { paint }: LineOptions): string =>
  paint.dim(
    [
      ...(record.at === undefined ? [] : ['seen at'.padStart(10)]),
      ...(record.connection === undefined ? [] : ['nr']),
      ...(record.from === undefined ? [] : ['sender  ']),
      'timestamp'.padStart(10),
      'kind'.padEnd(10),
      'payload'.padStart(8),
    ].join('  '),
  )

const linesOf = (record: InspectRecord, options: LineOptions, indent: string): string[] => {
  const { paint, columns } = options
  const head = [
    ...(record.at === undefined ? [] : [`${(record.at / 1000).toFixed(3).padStart(8)} s`]),
    ...(record.connection === undefined ? [] : [`#${record.connection}`]),
    ...(record.from === undefined ? [] : [record.from === 'client' ? 'client →' : 'server ←']),
    ...(record.kind === 'connection'
      ? []
      : [
          formatTime(record.timestamp).padStart(10),
          record.kind.padEnd(10),
          formatBytes(record.bytes).padStart(8),
        ]),
  ].join('  ')
  const body = bodyOf(record)
  const plain = safeText(`${indent}${head}  ${body}`).replaceAll('\n', '\\n')
  const room = columns === undefined ? Number.POSITIVE_INFINITY : Math.max(columns, head.length + 20)
  const shown = plain.length > room ? `${plain.slice(0, room - 1)}…` : plain
  const lines = [colour(record, paint)(shown)]
  if (record.problem !== undefined) {
    lines.push(paint.bad(safeText(`${indent}  ! ${record.problem.message} (${record.problem.code})`)))
  }
  if (record.hex !== undefined && record.hex !== '')
    lines.push(paint.dim(hexLines(record.hex, `${indent}    `)))
  if (record.kind === 'aggregate') {
    for (const message of record.messages) lines.push(...linesOf(message, options, `${indent}  `))
  }
  return lines
}

const colour = (record: InspectRecord, paint: Paint): ((text: string) => string) => {
  if (record.problem !== undefined) return paint.bad
  switch (record.kind) {
    case 'command':
      return paint.strong
    case 'audio':
      return paint.dim
    case 'data':
    case 'handshake':
    case 'connection':
    case 'header':
      return paint.accent
    case 'video':
      return isPlain(record.frames) ? paint.dim : (text) => text
    default:
      return (text) => text
  }
}

const isPlain = (frames: readonly FrameRecord[]): boolean =>
  frames.every(({ type, keyFrame }) => type === 'coded' && !keyFrame)

const bodyOf = (record: InspectRecord): string => {
  switch (record.kind) {
    case 'audio':
    case 'video':
      return mediaBody(record.kind, record.frames, record.timestamp)
    case 'data':
      return [record.name, ...record.values.map((value) => valueText(value))].join('  ')
    case 'command': {
      const { name, transactionId, commandObject, args } = record
      const number = transactionId === 0 ? '' : ` #${transactionId}`
      const object = commandObject === null ? [] : [valueText(commandObject)]
      return [`${name}${number}`, ...object, ...args.map((value) => valueText(value))].join('  ')
    }
    case 'control':
      return [record.name, ...fieldsOf(record.name, record.values)].join('  ')
    case 'sharedObject':
      return [
        record.name,
        `version ${record.version}`,
        ...record.events.map((value) => valueText(value)),
      ].join('  ')
    case 'aggregate':
      return count(record.messages.length, 'message')
    case 'handshake':
      return `${record.form}, RTMP version ${record.protocolVersion}, time ${record.peerTime}, software ${dotted(record.peerVersion)}`
    case 'header': {
      const kinds = [...(record.hasVideo ? ['video'] : []), ...(record.hasAudio ? ['audio'] : [])]
      return `FLV version ${record.version}, announces ${kinds.join(' and ') || 'nothing'}`
    }
    case 'connection':
      return record.state === 'listening' ? `listening: ${record.text}` : `${record.state} ${record.text}`
    case 'unknown':
      return `type ${record.typeId ?? '?'}`
    case 'problem':
      return ''
  }
}

const dotted = (version: number): string =>
  version === 0
    ? 'unnamed'
    : [version >>> 24, (version >>> 16) & 255, (version >>> 8) & 255, version & 255].join('.')

const WORDS: Readonly<Record<string, string>> = {
  sequenceHeader: 'sequence header',
  mpeg2TsSequenceHeader: 'sequence header (MPEG-2 TS)',
  sequenceEnd: 'end of sequence',
  metadata: 'metadata',
  multichannelConfig: 'channel layout',
  command: 'command',
  silence: 'silence',
  unknown: 'unknown packet',
}

const mediaBody = (kind: 'audio' | 'video', frames: readonly FrameRecord[], dts: number): string => {
  if (frames.length === 0) return 'nothing in it'
  const several = frames.length > 1
  return frames.map((frame) => frameText(kind, frame, dts, several)).join('  |  ')
}

const frameText = (kind: 'audio' | 'video', frame: FrameRecord, dts: number, sized: boolean): string => {
  const { codec, type, keyFrame, pts, trackId, facts, value, form, nanoOffset, bytes } = frame
  const what =
    type === 'coded' ? (kind === 'audio' ? '' : keyFrame ? 'key frame' : 'frame') : (WORDS[type] ?? type)
  const title = codec === 'unknown' ? '' : codecTitle(kind, codec)
  const track = trackId === 0 && !sized ? '' : `track ${trackId}:`
  const name = [track, title, what].filter((part) => part !== '').join(' ')
  return [
    name,
    ...(sized ? [formatBytes(bytes)] : []),
    ...(type === 'coded' && pts !== dts ? [`shown ${pts > dts ? '+' : ''}${pts - dts} ms`] : []),
    ...(nanoOffset === undefined ? [] : [`+${nanoOffset} ns`]),
    ...(form === 'enhanced' && type === 'sequenceHeader' ? ['enhanced'] : []),
    ...(facts === undefined || type === 'coded' ? [] : [factsText(facts)]),
    ...(value === undefined ? [] : [valueText(value)]),
  ].join(', ')
}

/** What a codec's record says, in the order people say it: `High, level 3.1, 640x360, 25 fps`. */
export const factsText = (facts: CodecFacts): string => {
  const { profile, level, width, height, frameRate, bitDepth, sampleRate, channels } = facts
  return [
    ...(profile === undefined ? [] : [level === undefined ? profile : `${profile}, level ${level}`]),
    ...(width === undefined || height === undefined ? [] : [`${width}x${height}`]),
    ...(frameRate === undefined ? [] : [`${formatNumber(frameRate)} fps`]),
    ...(bitDepth === undefined || bitDepth === 8 ? [] : [`${bitDepth} bit`]),
    ...(sampleRate === undefined ? [] : [`${formatNumber(sampleRate / 1000, 3)} kHz`]),
    ...(channels === undefined ? [] : [channelsText(channels)]),
  ].join(', ')
}

const channelsText = (channels: number): string =>
  channels === 1 ? 'mono' : channels === 2 ? 'stereo' : `${channels} channels`

/** The fields of a control message; one that the message's own name names is not named again. */
const fieldsOf = (message: string, values: { readonly [field: string]: JsonValue }): string[] =>
  Object.entries(values).map(([name, value]) =>
    message.toLowerCase().includes(name.toLowerCase()) ? valueText(value) : `${name} ${valueText(value)}`,
  )

const BYTES_A_LINE = 16

const hexLines = (hex: string, indent: string): string => {
  const bytes = Uint8Array.from({ length: hex.length / 2 }, (_, at) =>
    Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16),
  )
  const lines: string[] = []
  for (let at = 0; at < bytes.length; at += BYTES_A_LINE) {
    const row = bytes.subarray(at, at + BYTES_A_LINE)
    const digits = hexOf(row)
      .replace(/../g, '$& ')
      .padEnd(3 * BYTES_A_LINE)
    const letters = Array.from(row, (byte) =>
      byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.',
    ).join('')
    lines.push(`${indent}${at.toString(16).padStart(4, '0')}  ${digits} ${letters}`)
  }
  return lines.join('\n')
}
