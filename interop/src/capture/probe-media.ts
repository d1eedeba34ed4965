/**
 * Writes what the newer FFmpeg reads in every file of `media/` into `vectors/flv/ffprobe.json`:
 *
 *     pnpm --filter @rtmp/interop probe-media [FILE]
 */
import { readdir, writeFile } from 'node:fs/promises'

import { newerFfmpeg } from '../clients/ffmpeg.ts'
import { mediaFile, repositoryFile } from '../media.ts'

interface Probed {
  readonly streams: readonly Readonly<Record<string, string | number>>[]
  readonly packets: readonly Readonly<Record<string, string | number>>[]
}

const STREAM_FIELDS = [
  'profile',
  'level',
  'width',
  'height',
  'sample_rate',
  'channels',
  'channel_layout',
  'pix_fmt',
  'color_space',
  'color_transfer',
  'color_primaries',
  'extradata_size',
] as const

const COLUMNS = ['stream index', 'pts ms', 'dts ms', 'bytes', 'key frame', 'crc32 of the data']

const hash = (text: unknown): string | null => (typeof text === 'string' ? text.replace(/^.*:/, '') : null)

async function probe(name: string): Promise<string> {
  const { status, stdout, stderr } = await newerFfmpeg.probe(
    ['-show_streams', '-show_packets', '-show_data_hash', 'crc32', '-of', 'json', mediaFile(name)],
    60_000,
  )
  if (status !== 0) throw new Error(`${name}: ${stderr}`)
  const probed = JSON.parse(stdout) as Probed
  const packets = probed.packets.map((packet) => [
    packet['stream_index'],
    packet['pts'] ?? null,
    packet['dts'] ?? null,
    Number(packet['size']),
    String(packet['flags']).includes('K') ? 1 : 0,
    hash(packet['data_hash']),
  ])
  const streams = probed.streams.map((stream) => {
    const fields = STREAM_FIELDS.flatMap((field) => {
      const value = stream[field]
      return value === undefined ? [] : [[field, field === 'sample_rate' ? Number(value) : value] as const]
    })
    const extradata = hash(stream['extradata_hash'])
    return {
      index: stream['index'],
      type: stream['codec_type'],
      codec: stream['codec_name'],
      ...Object.fromEntries(fields),
      ...(extradata === null ? {} : { extradataCrc32: extradata }),
      packets: packets.filter(([index]) => index === stream['index']).length,
    }
  })
  return `${JSON.stringify(name)}: {\n  "streams": ${JSON.stringify(streams)},\n  "packets": ${JSON.stringify(packets)}\n}`
}

const found = newerFfmpeg.availability()
if (!found.available) throw new Error(found.reason)
const files: string[] = []
for (const name of (await readdir(mediaFile('.'))).filter((file) => file.endsWith('.flv')).toSorted())
  files.push(await probe(name))
await writeFile(
  process.argv[2] ?? repositoryFile('vectors/flv/ffprobe.json'),
  `{\n"version": ${JSON.stringify(`FFmpeg ${found.version}`)},\n"columns": ${JSON.stringify(COLUMNS)},\n"files": {\n${files.join(',\n')}\n}\n}\n`,
)
