import { mkdir, rm, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { nodeFiles, openRecording, repairRecordings } from '@rtmp/recorder'
import { args } from '../args.ts'
import { type Ffmpeg, ffmpeg, newerFfmpeg } from '../clients/ffmpeg.ts'
import { FRAMES_A_SECOND, grown } from './grown-recording.ts'

/** Files that are given to FFmpeg at once: its start costs more than what it does. */
const BATCH = 10

/** What was tried, and what was wrong. */
export interface CutReport {
  readonly files: number
  /** Of them, cut before the tenth frame was whole: there is nothing that FFmpeg plays. */
  readonly empty: number
  /** Of them, MP4 cut within a `moof`: FFmpeg, which reads all of these before it plays, wants them repaired first. */
  readonly inIndex: number
  readonly problems: readonly string[]
}

/** A file, and where it is sought in first, in seconds. */
interface Played {
  readonly name: string
  readonly seek: number | undefined
}

/**
 * Recordings cut at random bytes, as a crash would: each plays in FFmpeg as it is (but MP4 whose last `moof` is not whole); repaired, it holds every frame that was whole (of MP4:
 * in a whole fragment), plays without a complaint, and can be sought in.
 *
 * @param random - From 0 to below 1.
 */
export const cutRecordings = async (
  folder: string,
  cuts: number,
  random: () => number,
): Promise<CutReport> => {
  const problems: string[] = []
  let empty = 0
  let inIndex = 0
  const readers = [ffmpeg, newerFfmpeg].filter((one) => one.availability().available)
  const formats = [
    ['flv', await grown(folder, 'flv')],
    ['fmp4', await grown(folder, 'fmp4')],
  ] as const
  for (let done = 0; done < cuts; done += BATCH) {
    const batch = join(folder, 'cut')
    await mkdir(batch, { recursive: true })
    const playable: Played[] = []
    const wanted = new Map<string, number>()
    for (let i = done; i < Math.min(cuts, done + BATCH); i++) {
      const [format, { bytes, places, indexes }] = formats[i % 2] as (typeof formats)[number]
      const size = Math.floor(random() * bytes.length)
      const name = join(batch, `${i}.part.${format === 'flv' ? 'flv' : 'mp4'}`)
      await writeFile(name, bytes)
      await truncate(name, size)
      const frames = places.findLast(({ end }) => end <= size)?.frames ?? 0
      wanted.set(name.replace('.part', ''), frames)
      // Of fewer frames FFmpeg does not learn what they are.
      const isInIndex = indexes.some(([from, to]) => size > from && size < to)
      if (frames < 10) empty += 1
      else if (isInIndex) inIndex += 1
      else playable.push({ name, seek: undefined })
      const longAgo = new Date(Date.now() - 60_000)
      await utimes(name, longAgo, longAgo)
    }
    for (const reader of readers) problems.push(...(await played(reader, playable, 'as it was cut')))
    for (const { unfinished, error } of await repairRecordings(nodeFiles, batch))
      if (error !== undefined)
        problems.push(`${unfinished}: ${error instanceof Error ? error.message : JSON.stringify(error)}`)
    const whole: Played[] = []
    for (const [name, frames] of wanted) {
      const found = await framesIn(name)
      if (found < frames) problems.push(`${name}: ${found} frames of ${frames} that were whole`)
      if (frames >= 10) whole.push({ name, seek: frames / FRAMES_A_SECOND / 2 })
    }
    for (const reader of readers) problems.push(...(await played(reader, whole, 'repaired')))
    await rm(batch, { recursive: true, force: true })
  }
  return { files: cuts, empty, inIndex, problems }
}

const framesIn = async (file: string): Promise<number> => {
  if ((await nodeFiles.facts(file)) === undefined) return 0
  const reader = await openRecording(nodeFiles, file)
  let frames = 0
  for (;;) {
    const messages = await reader.next()
    if (messages === undefined) break
    frames += messages.filter(({ isCoded }) => isCoded).length
  }
  await reader.close()
  return frames
}

/** Plays files at once; where that fails, one by one, to say which it was. Where it seeks there may be no complaint. */
const played = async (reader: Ffmpeg, files: readonly Played[], what: string): Promise<string[]> => {
  const [first] = files
  if (first === undefined) return []
  const inputs = files.flatMap(({ name, seek }) =>
    seek === undefined ? ['-i', name] : ['-ss', seek.toFixed(2), '-i', name],
  )
  const outputs = files.flatMap((_, i) => args`-map ${`${i}:a?`} -map ${`${i}:v?`} -f null -`)
  const { status, stderr } = await reader.run([...inputs, ...outputs], 120_000).ended
  if (status === 0 && (first.seek === undefined || stderr === '')) return []
  if (files.length === 1)
    return [`${first.name}, ${what}, in ${reader.name}: ${status} ${stderr.slice(0, 300)}`]
  const single = await Promise.all(files.map(async (file) => played(reader, [file], what)))
  return single.flat()
}
