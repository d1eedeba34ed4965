import { ffmpeg, newerFfmpeg } from './clients/ffmpeg.ts'

/** One packet of a track as FFmpeg reads it. Times are in milliseconds. */
export interface Packet {
  readonly pts: number
  readonly dts: number
  readonly bytes: number
  readonly key: boolean
  /** CRC-32 of the data. */
  readonly hash: string
}

/** One audio or video track of a file. */
export interface Track {
  readonly kind: 'audio' | 'video'
  readonly codec: string
  /** CRC-32 of the decoder configuration; undefined where the codec has none. */
  readonly configuration: string | undefined
  readonly packets: readonly Packet[]
}

interface ProbedStream {
  readonly index: number
  readonly codec_type: string
  readonly codec_name?: string
  readonly extradata_hash?: string
}

interface ProbedPacket {
  readonly stream_index: number
  readonly pts_time?: string
  readonly dts_time?: string
  readonly size: string
  readonly flags: string
  readonly data_hash?: string
}

const milliseconds = (seconds: string | undefined): number => Math.round(Number(seconds ?? 'NaN') * 1000)

/**
 * Reads every audio and video packet of a file with ffprobe, the newer one where there is one. Packets without data,
 * which it makes of some tags that hold no media, are left out.
 */
export async function readTracks(file: string): Promise<readonly Track[]> {
  const reader = newerFfmpeg.availability().available ? newerFfmpeg : ffmpeg
  const { status, stdout, stderr } = await reader.probe([...SHOW_TRACKS, file], 30_000)
  if (status !== 0) throw new Error(`${reader.name} cannot read ${file}: ${stderr}`)
  return tracksShown(stdout)
}

/** What to ask of ffprobe for {@link tracksShown}. */
export const SHOW_TRACKS = [
  '-show_streams',
  '-show_packets',
  '-show_data_hash',
  'crc32',
  '-of',
  'json',
] as const

/** The tracks in what ffprobe prints. */
export function tracksShown(json: string): readonly Track[] {
  const probed = JSON.parse(json) as {
    readonly streams?: readonly ProbedStream[]
    readonly packets?: readonly ProbedPacket[]
  }
  return (probed.streams ?? []).flatMap((stream): Track[] => {
    const kind = stream.codec_type
    if (kind !== 'audio' && kind !== 'video') return []
    const packets = (probed.packets ?? [])
      .filter((packet) => packet.stream_index === stream.index && packet.size !== '0')
      .map((packet) => ({
        pts: milliseconds(packet.pts_time),
        dts: milliseconds(packet.dts_time),
        bytes: Number(packet.size),
        key: packet.flags.includes('K'),
        hash: packet.data_hash ?? '',
      }))
    return [{ kind, codec: stream.codec_name ?? 'unknown', configuration: stream.extradata_hash, packets }]
  })
}
