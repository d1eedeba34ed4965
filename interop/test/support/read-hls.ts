import { expect } from 'vitest'
import { args } from '../../src/args.ts'
import type { Ffmpeg } from '../../src/clients/ffmpeg.ts'
import type { Gstreamer } from '../../src/clients/gstreamer.ts'
import type { HlsOrigin } from './hls-origin.ts'
import { SHOW_TRACKS, type Track, tracksShown } from '../../src/packets.ts'

const LIMIT_MS = 90_000

/** Of each init segment behind the first; and of a connection it kept that has ended since, in place of which it makes another. */
const REMARKS = ['Found duplicated MOOV Atom. Skipped it', 'Error reading HTTP response: End of file']

/** What FFmpeg complains of. */
export const complaintsIn = (stderr: string): string[] =>
  stderr.split('\n').filter((line) => line !== '' && !REMARKS.some((remark) => line.endsWith(remark)))

/**
 * Everything of a stream as FFmpeg reads it while it is live, from the first segment to its end.
 *
 * @param also - Further words for it.
 */
export const readByFfmpeg = async (
  reader: Ffmpeg,
  url: string,
  also: readonly string[] = [],
): Promise<readonly Track[]> => {
  const words = [...also, '-live_start_index', '0', ...SHOW_TRACKS, url]
  const { status, stdout, stderr } = await reader.probe(words, LIMIT_MS)
  expect([status, complaintsIn(stderr)]).toEqual([0, []])
  return tracksShown(stdout)
}

/**
 * A stream as GStreamer’s hlsdemux2 reads it: MD5 of each buffer. The origin is to hold the last segments: 1.28 that has all of a stream before its output
 * has pads gives up by "Can't push EOS on non-exposed pad", which it tells as "Couldn't download fragments", on a busy machine.
 *
 * @param kinds - 1 for pictures or sound alone: a sink that nothing comes to would wait for ever.
 */
export const readByGstreamer = async (
  reader: Gstreamer,
  origin: HlsOrigin,
  kinds: number,
): Promise<readonly string[]> => {
  const sink = args`s. ! queue ! checksumsink hash=md5 sync=false async=false`
  const program = reader.run(
    args`urisourcebin uri=${origin.url} parse-streams=true name=s ${Array.from({ length: kinds }, () => sink).flat()}`,
    LIMIT_MS,
  )
  await program.printed((text) => text.includes('\n'))
  origin.release()
  const { stdout, stderr, status } = await program.ended
  // With codecs whose caps it does not know 1.22 says so, and goes on.
  expect([status, stderr.replaceAll(/^.*gst_caps_append: assertion .*$/gm, '').trim()]).toEqual([0, ''])
  return [...stdout.matchAll(/ ([0-9a-f]{32})$/gm)].map(([, md5 = '']) => md5)
}
