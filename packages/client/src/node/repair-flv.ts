import { type FileHandle, open } from 'node:fs/promises'
import { TimestampUnwrapper } from '@rtmp/bytes/time'
import { flvRules, MediaMessage } from '@rtmp/e-rtmp'
import { encodeFlvTag, type FlvDamage, FlvNotice, FlvReader, type FlvTag, TagType } from '@rtmp/flv'
import { metadataOfTag, SeekableHead, TimeRebaser } from '@rtmp/flv/file'
import { HeaderCheck } from './header-check.ts'
import { PictureCheck } from './picture-check.ts'

/** What was mended in a file. */
export interface FlvRepair {
  /** Of the mended file, to the end of its last frame. */
  readonly durationMs: number
  /** Size of the mended file. */
  readonly bytes: number
  /** That the mended file has, headers included. */
  readonly audioTags: number
  /** That the mended file has, headers included. */
  readonly videoTags: number
  /** That the mended file has; one can seek to them. */
  readonly keyFrames: number
  /** The first hundred places where bytes were of no use, in the file as it was. */
  readonly damages: readonly FlvDamage[]
  /** Bytes that were left out, since they belong to no tag. */
  readonly skippedBytes: number
  /** Whether the file ended inside a tag. */
  readonly truncated: boolean
  /** Whether it had no file header. */
  readonly headerless: boolean
  /** Tags whose size was wrong. */
  readonly resizedTags: number
  /** Further recordings behind the first. */
  readonly pastedParts: number
  /** Places where time jumped or ran backwards; it goes on there. */
  readonly timeJumps: number
  /** By how many milliseconds sound and picture were apart that stand side by side; 0 when they were not. */
  readonly tracksApartMs: number
  /** Pictures of which some bytes were others: browsers would go no further, so they were left out. */
  readonly brokenPictures: number
  /**
   * Tracks that begin without their sequence header, as where the beginning of the file is gone. They are kept, but most players need it and
   * show nothing of them before one comes.
   */
  readonly bareTracks: number
  /** Tags that say nothing: empty, of an unknown type, metadata of parts that were pasted. */
  readonly droppedTags: number
}

/** Bytes gathered before they are written. */
const BLOCK_BYTES = 1 << 18

/** Room for this many key frames, or every second one of more. */
const INDEX_ENTRIES = 7200

/**
 * Writes any FLV file anew: good tags only, times that go forward, true duration, sizes and flags, and a key frame index. Files
 * of any length, in one pass. Where no sound and no picture is found, nothing is written.
 *
 * @param from - The file as it is, in slices.
 * @param to - Where to; is overwritten, and must be another file.
 * @throws what `from` and the file system throw; DecodeError for what is no FLV at all
 */
export const repairFlv = async (from: AsyncIterable<Uint8Array>, to: string | URL): Promise<FlvRepair> => {
  const reader = new FlvReader({ header: 'optional' })
  const clock = new TimeRebaser({ isSequenceHeader: flvRules.isSequenceHeader })
  const unwrapper = new TimestampUnwrapper()
  /** There is none before something can be put into it. */
  let file: FileHandle | undefined
  let head: SeekableHead | undefined
  let block: Uint8Array[] = []
  let blockBytes = 0
  let position = 0
  let began = false
  /** Times of the newest frames, by track. */
  const newest = new Map<number, number>()
  const counts = {
    resizedTags: 0,
    pastedParts: 0,
    timeJumps: 0,
    tracksApartMs: 0,
    brokenPictures: 0,
    droppedTags: 0,
  }
  const pictures = new PictureCheck()
  const headers = new HeaderCheck()
  const tags = { audioTags: 0, videoTags: 0, keyFrames: 0 }
  const put = (bytes: Uint8Array): void => {
    block.push(bytes)
    blockBytes += bytes.length
    position += bytes.length
  }
  const flush = async (): Promise<void> => {
    const bytes = Buffer.concat(block)
    block = []
    blockBytes = 0
    file ??= await open(to, 'w')
    if (bytes.length > 0) await file.writeFile(bytes)
  }
  const begin = (first: FlvTag): SeekableHead => {
    const { keyframes: _, ...properties } = metadataOfTag(first)?.properties ?? {}
    head = new SeekableHead({ properties, room: INDEX_ENTRIES })
    put(head.encode())
    return head
  }
  /** Of two frames of a track the second is later, be it by a millisecond: where parts were pasted they can meet. */
  const forward = ({ typeId, track }: MediaMessage, time: number): number => {
    const key = (track << 8) | typeId
    const later = Math.max(time, (newest.get(key) ?? -1) + 1)
    newest.set(key, later)
    return later
  }
  const take = (tag: FlvTag): void => {
    const { typeId, payload, notices } = tag
    if ((notices & FlvNotice.repairedSize) !== 0) counts.resizedTags += 1
    if ((notices & FlvNotice.newHeader) !== 0 && began) {
      counts.pastedParts += 1
      clock.nextSource()
    }
    began = true
    const known = head ?? begin(tag)
    const isMedia = typeId === TagType.audio || typeId === TagType.video
    const isScript = typeId === TagType.script || typeId === TagType.scriptAmf3
    if (payload.length === 0 || !(isMedia || isScript) || (isScript && metadataOfTag(tag) !== undefined)) {
      if (position > known.length || !isScript) counts.droppedTags += 1
      return
    }
    const mended = clock.map(tag)
    const message = new MediaMessage(typeId, mended.timestamp, payload)
    if (pictures.isBroken(message)) {
      counts.brokenPictures += 1
      return
    }
    headers.note(message)
    const { isCoded: isFrame, keyFrame: isKeyFrame } = message
    if (isFrame && clock.leap !== 0) counts.timeJumps += 1
    if (Math.abs(clock.tracksApart) > Math.abs(counts.tracksApartMs)) counts.tracksApartMs = clock.tracksApart
    const time = isFrame ? forward(message, unwrapper.unwrap(mended.timestamp)) : mended.timestamp
    known.add({ typeId, size: payload.length, position, time, isFrame, isKeyFrame })
    if (typeId === TagType.audio) tags.audioTags += 1
    if (typeId === TagType.video) tags.videoTags += 1
    if (isKeyFrame) tags.keyFrames += 1
    put(encodeFlvTag({ ...mended, timestamp: time >>> 0 }))
  }
  try {
    for await (const slice of from) {
      reader.push(slice)
      for (let tag = reader.read(); tag !== undefined; tag = reader.read()) take(tag)
      if (blockBytes >= BLOCK_BYTES) await flush()
    }
    reader.end()
    for (let tag = reader.read(); tag !== undefined; tag = reader.read()) take(tag)
    if (tags.audioTags + tags.videoTags > 0) {
      await flush()
      const front = head?.encode()
      if (front !== undefined) await file?.write(front, 0, front.length, 0)
    }
  } finally {
    await file?.close()
  }
  return {
    durationMs: head?.durationMs ?? 0,
    bytes: position,
    ...tags,
    damages: reader.damages,
    skippedBytes: reader.skippedBytes,
    truncated: reader.truncated,
    headerless: reader.header === undefined,
    ...counts,
    bareTracks: headers.tracks,
  }
}
