// What a sample holds, as FFmpeg would show it.
import { readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { crc32 } from 'node:zlib'
import type { MediaFrame } from '@rtmp/e-rtmp'
import { mediaFile } from './media.ts'
import type { Packet } from './packets.ts'

/** Names of the files of `media/`, without their ending. */
export const SAMPLES: readonly string[] = readdirSync(mediaFile(''))
  .filter((file) => file.endsWith('.flv'))
  .map((file) => basename(file, '.flv'))

/** Those with codecs that fragmented MP4 can carry. */
export const MODERN_SAMPLES: readonly string[] = SAMPLES.filter((name) => !name.startsWith('legacy-'))

/** A hash as FFmpeg writes it. */
export const crcOf = (bytes: Uint8Array): string => `CRC32:${crc32(bytes).toString(16).padStart(8, '0')}`

/** A frame as FFmpeg shows a packet. */
export const packetOf = ({ pts, dts, payload, keyFrame }: MediaFrame): Packet => ({
  pts,
  dts,
  bytes: payload.length,
  key: keyFrame,
  hash: crcOf(payload),
})

/** The coded frames of each track, in the order of the tracks in MP4: `video0`, `audio0`, `video1`, …. */
export const tracksOf = (frames: Iterable<MediaFrame>): readonly (readonly MediaFrame[])[] => {
  const tracks = new Map<number, MediaFrame[]>()
  for (const frame of frames) {
    if (frame.type !== 'coded' || frame.payload.length === 0) continue
    const place = 2 * frame.trackId + (frame.kind === 'video' ? 0 : 1)
    const track = tracks.get(place)
    if (track === undefined) tracks.set(place, [frame])
    else track.push(frame)
  }
  return [...tracks].sort(([a], [b]) => a - b).map(([, found]) => found)
}
