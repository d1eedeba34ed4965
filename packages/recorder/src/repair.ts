import { FlvReader, type FlvTag, TAG_HEADER_SIZE } from '@rtmp/flv'
import { MediaMessage } from '@rtmp/e-rtmp'
import { metadataOfTag, SeekableHead } from '@rtmp/flv/file'
import { finishedName, numberedName } from './file-name.ts'
import { failureCode, type RecordingFile, type RecordingFiles } from './files.ts'
import { Mp4Index } from './mp4-index.ts'
import { walkMp4 } from './mp4-walk.ts'

/** What became of a recording that was left unfinished. */
export interface RepairedRecording {
  /** As it was found. */
  readonly unfinished: string
  /** Its name now; `undefined` when nothing was in it and it was removed, or nothing could be done. */
  readonly file: string | undefined
  /** Size of the file as it is now; 0 when it was removed. */
  readonly bytes: number
  /** Of the file as it is now, in milliseconds. */
  readonly durationMs: number
  /** Bytes at the end that were of no use. */
  readonly cutBytes: number
  /** What could not be done, and why. */
  readonly error?: unknown
}

interface Ending {
  readonly size: number
  readonly durationMs: number
  /** What is written over bytes in front, and behind the end. */
  readonly writes: readonly { readonly position: number; readonly bytes: Uint8Array }[]
}

const SLICE = 1024 * 1024

/** How files are repaired. */
export interface RepairOptions {
  /** Those that are being written now, by path, are left alone. */
  readonly isOpen?: (path: string) => boolean
  /** So are those that were changed less than so many milliseconds ago: another process may be at it. Default 0. */
  readonly idleMs?: number
  /** Milliseconds since 1970. Default the time of this machine. */
  readonly now?: number
}

/**
 * Finishes what was left unfinished below a folder when a process was killed or the power cut: cuts off what is not whole,
 * writes index and duration, gives files their names. Takes time in proportion to the files it finds unfinished.
 *
 * @example
 * ```ts
 * for (const { file, cutBytes } of await repairRecordings(nodeFiles, 'recordings')) console.log(file, cutBytes)
 * ```
 */
export const repairRecordings = async (
  files: RecordingFiles,
  folder: string,
  { isOpen = () => false, idleMs = 0, now = Date.now() }: RepairOptions = {},
): Promise<readonly RepairedRecording[]> => {
  const repaired: RepairedRecording[] = []
  for (const path of await files.list(folder)) {
    if (finishedName(path) === undefined || isOpen(path)) continue
    const facts = await files.facts(path)
    if (facts === undefined || (idleMs > 0 && now - facts.changedAt < idleMs)) continue
    repaired.push(await repairRecording(files, path))
  }
  return repaired
}

/** Finishes one file; what fails is told in what is returned. */
export const repairRecording = async (
  files: RecordingFiles,
  unfinished: string,
): Promise<RepairedRecording> => {
  const failed = { unfinished, file: undefined, bytes: 0, durationMs: 0, cutBytes: 0 }
  try {
    const file = await files.open(unfinished, 'change')
    let ending: Ending | undefined
    let before = 0
    try {
      before = await file.size()
      ending = (await isMp4(file)) ? await endingOfMp4(file) : await endingOfFlv(file)
      if (ending !== undefined) {
        await file.truncate(ending.size)
        for (const { position, bytes } of ending.writes) await file.write(bytes, position)
        await file.sync()
      }
    } finally {
      await file.close()
    }
    if (ending === undefined) {
      await files.remove(unfinished)
      return { ...failed, cutBytes: before }
    }
    const name = await freeName(files, finishedName(unfinished) ?? unfinished)
    await files.rename(unfinished, name)
    const facts = await files.facts(name)
    const { durationMs, size } = ending
    return { unfinished, file: name, bytes: facts?.bytes ?? size, durationMs, cutBytes: before - size }
  } catch (error) {
    return { ...failed, error }
  }
}

const freeName = async (files: RecordingFiles, wanted: string): Promise<string> => {
  for (let number = 1; ; number++) {
    const name = numberedName(wanted, number)
    if ((await files.facts(name)) === undefined) return name
  }
}

const isMp4 = async (file: RecordingFile): Promise<boolean> => {
  const head = new Uint8Array(8)
  await file.read(head, 0)
  return String.fromCharCode(...head.subarray(4)) === 'ftyp'
}

/** Reads the tags up to the first that is not whole. */
async function* wholeTags(file: RecordingFile): AsyncGenerator<FlvTag, void, undefined> {
  const reader = new FlvReader({ damaged: 'stop' })
  for (let at = 0; ; ) {
    const slice = new Uint8Array(SLICE)
    const read = await file.read(slice, at)
    at += read
    reader.push(slice.subarray(0, read))
    if (read === 0) reader.end()
    for (let tag = reader.read(); tag !== undefined; tag = reader.read()) yield tag
    if (read === 0) return
  }
}

const endingOfFlv = async (file: RecordingFile): Promise<Ending | undefined> => {
  let head: SeekableHead | undefined
  let first: FlvTag | undefined
  let frames = 0
  let lastSize = 0
  try {
    for await (const tag of wholeTags(file)) {
      if (first === undefined) {
        first = tag
        continue
      }
      const { typeId, timestamp, payload, offset } = tag
      if (head === undefined) {
        const metadata = new MediaMessage(first.typeId, 0, first.payload, 'onMetaData')
        if (metadataOfTag(first) !== undefined) head = SeekableHead.of(metadata.properties, offset)
        if (head === undefined)
          throw new Error('it was not written by this recorder, and has no room for an index')
      }
      const message = new MediaMessage(typeId, timestamp, payload)
      const { isCoded: isFrame, keyFrame: isKeyFrame } = message
      if (isFrame) frames += 1
      lastSize = payload.length + TAG_HEADER_SIZE
      head.add({ typeId, size: payload.length, position: offset, time: timestamp, isFrame, isKeyFrame })
    }
  } catch (error) {
    if (failureCode(error).startsWith('FLV_')) return undefined
    throw error
  }
  if (head === undefined || frames === 0) return undefined
  const { fileSize: size, durationMs } = head
  // The last tag can be whole without all of what stands behind it.
  const pointer = new Uint8Array(4)
  new DataView(pointer.buffer).setUint32(0, lastSize)
  const writes = [
    { position: 0, bytes: head.encode() },
    { position: size - pointer.length, bytes: pointer },
  ]
  return { size, durationMs, writes }
}

/** Bytes of a `free` box and of `sidx` beside their entries. */
const ROOM_FIXED = 48
const ROOM_ENTRY = 12

const endingOfMp4 = async (file: RecordingFile): Promise<Ending | undefined> => {
  let trackId: number | undefined
  let timescale = 1000
  let roomAt: number | undefined
  let index: Mp4Index | undefined
  let size = 0
  let durationMs = 0
  for await (const walked of walkMp4(file)) {
    if (walked.kind === 'tracks') {
      const track = walked.tracks.find(({ kind }) => kind === 'video') ?? walked.tracks[0]
      trackId ??= track?.id
      timescale = track?.timescale ?? timescale
    } else if (walked.kind === 'room') {
      if (roomAt !== undefined) continue
      roomAt = walked.box.start
      index = new Mp4Index(Math.max(0, Math.floor((walked.box.end - roomAt - ROOM_FIXED) / ROOM_ENTRY)))
    } else {
      size = walked.end
      const traf = walked.runs.findIndex(([first]) => first?.trackId === trackId)
      const run = walked.runs[traf] ?? []
      const ends = walked.runs.map((samples) => {
        const last = samples.at(-1)
        return last === undefined ? 0 : ((last.decodeTime + last.duration) * 1000) / timescale
      })
      durationMs = Math.max(durationMs, ...ends)
      const last = run.at(-1)
      index?.add({
        position: walked.start,
        size: walked.end - walked.start,
        start: run[0] && (run[0].decodeTime * 1000) / timescale,
        end: last === undefined ? 0 : ((last.decodeTime + last.duration) * 1000) / timescale,
        isStart: run[0]?.isKey === true,
        traf: traf + 1,
      })
    }
  }
  if (size === 0 || trackId === undefined) return undefined
  const writes =
    index === undefined || roomAt === undefined
      ? []
      : [
          { position: roomAt, bytes: index.encodeRoom(trackId) },
          { position: size, bytes: index.encodeEnd(trackId) },
        ]
  return { size, durationMs, writes }
}
