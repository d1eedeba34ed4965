import { fromMediaFrame, MediaMessage } from '@rtmp/e-rtmp'
import { TagType } from '@rtmp/flv'
import { encodeMetadata } from '@rtmp/flv/script'
import type { ReadSample, ReadTrack } from './boxes.ts'
import type { RecordingFile } from './files.ts'
import { readPart } from './mp4-walk.ts'
import { codecOf, type EntryCodec } from './sample-entry.ts'

/** A track of an MP4 file whose codec has a name in RTMP. */
export interface Mp4Track extends EntryCodec {
  readonly read: ReadTrack
  /** In the words of RTMP. */
  readonly trackId: number
  /** What comes to its times, in milliseconds. */
  readonly shiftMs: number
}

/** By the number that the file has for each. */
export type Mp4Tracks = ReadonlyMap<number, Mp4Track>

/** What a message takes beside its payload, in bytes. */
const MESSAGE_BYTES = 256

/** The longest sample that is read, in bytes. */
const MOST_SAMPLE = 0xffffff

/** Edit lists that differ by less differ by rounding only. Milliseconds. */
const ROUNDING_MS = 1

/** The tracks that RTMP has names for, and how their edit lists move them against each other. No time is below 0. */
export const tracksFor = (read: readonly ReadTrack[]): Mp4Tracks => {
  const known = read.flatMap((track) => {
    const entry = codecOf(track)
    return entry === undefined ? [] : [{ ...entry, read: track }]
  })
  const first = Math.min(...known.map(({ read: { startMs } }) => startMs))
  // This package numbers the two kinds in turn, and so tells which track each was; tracks of others are counted.
  const isOurs = known.every(({ read: { id, kind } }) => id % 2 === (kind === 'video' ? 1 : 0))
  const counts = { audio: 0, video: 0 }
  return new Map(
    known.map((track) => {
      const { id, kind, startMs } = track.read
      const apart = startMs - first
      const trackId = isOurs ? Math.floor((id - 1) / 2) : counts[kind]++
      return [id, { ...track, trackId, shiftMs: apart < ROUNDING_MS ? 0 : apart }]
    }),
  )
}

/** Where a time in units of a track is in the recording, in milliseconds. */
export const timeIn = ({ read: { timescale }, shiftMs }: Mp4Track, units: number): number =>
  (units * 1000) / timescale + shiftMs

/** What a decoder needs first: metadata and headers. */
export const beginningOf = (tracks: Mp4Tracks, durationMs: number): MediaMessage[] => {
  const payload = encodeMetadata({ properties: { duration: durationMs / 1000, canSeekToEnd: true } })
  const headers = [...tracks.values()].flatMap(({ codec, header, read: { kind }, trackId }) => {
    if (header === undefined) return []
    const frame = {
      kind,
      trackId,
      codec,
      type: 'sequenceHeader',
      dts: 0,
      keyFrame: true,
      payload: header,
    } as const
    return [new MediaMessage(typeOf(kind), 0, fromMediaFrame(frame))]
  })
  return [new MediaMessage(TagType.script, 0, payload, 'onMetaData'), ...headers]
}

/** What messages take in memory, in bytes. */
export const bytesOf = (messages: readonly MediaMessage[]): number =>
  messages.reduce((sum, { payload }) => sum + payload.length + MESSAGE_BYTES, 0)

/** Reads samples of any tracks as messages, in the order of their times; what stands side by side is read at once. */
export const messagesOf = async (
  file: RecordingFile,
  tracks: Mp4Tracks,
  samples: readonly ReadSample[],
  start = 0,
): Promise<MediaMessage[]> => {
  const timed: { readonly time: number; readonly message: MediaMessage }[] = []
  for (const run of sideBySide(samples.filter(({ size }) => size <= MOST_SAMPLE))) {
    const from = run[0]?.offset ?? 0
    const bytes = await readPart(
      file,
      start + from,
      run.reduce((sum, { size }) => sum + size, 0),
    )
    if (bytes === undefined) continue
    for (const sample of run) {
      const track = tracks.get(sample.trackId)
      if (track === undefined) continue
      const payload = bytes.subarray(sample.offset - from, sample.offset - from + sample.size)
      const time = timeIn(track, sample.decodeTime)
      timed.push({ time, message: messageOf(track, sample, Math.max(0, Math.round(time)), payload) })
    }
  }
  return timed.sort((a, b) => a.time - b.time).map(({ message }) => message)
}

const messageOf = (
  { codec, trackId, read: { kind, timescale } }: Mp4Track,
  { compositionOffset, isKey }: ReadSample,
  dts: number,
  payload: Uint8Array,
): MediaMessage => {
  const pts = dts + Math.round((compositionOffset * 1000) / timescale)
  const keyFrame = kind === 'video' && isKey
  const frame = { kind, trackId, codec, type: 'coded', dts, pts, keyFrame, payload } as const
  return new MediaMessage(typeOf(kind), dts >>> 0, fromMediaFrame(frame))
}

const typeOf = (kind: 'audio' | 'video'): number => (kind === 'video' ? TagType.video : TagType.audio)

/** Samples in groups of those of which each begins where the one before it ends. */
const sideBySide = (samples: readonly ReadSample[]): ReadSample[][] => {
  const groups: ReadSample[][] = []
  let end = -1
  for (const sample of samples.toSorted((a, b) => a.offset - b.offset)) {
    const last = groups.at(-1)
    if (last !== undefined && sample.offset === end) last.push(sample)
    else groups.push([sample])
    end = sample.offset + sample.size
  }
  return groups
}
