// What every published package says of itself beside its own words: where it lives, whose it is, what finds it, and what
// it needs. The repository is named once, in the package.json of the root; `npx tsx scripts/write-package-metadata.ts` writes
// the rest.
import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { folders } from './layers.ts'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** A package.json, as far as these scripts look into it. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly keywords: readonly string[]
  readonly files: readonly string[]
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>
  readonly bin?: Readonly<Record<string, string>>
  readonly publishConfig: Readonly<Record<string, unknown>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly [more: string]: unknown
}

export const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest

/** Names of the published packages, without their scope, and their folders. */
export const published: readonly (readonly [name: string, folder: string])[] = Object.entries(folders).map(
  ([name, folder]) => [name, `packages/${folder}`],
)

/** The oldest TypeScript that reads the types, and the file that those before it are led to: it is no module, and named for what to do. */
export const OLDEST_TYPESCRIPT = '5.7'
export const TOO_OLD = `needs-typescript-${OLDEST_TYPESCRIPT}.d.ts`

/** What people search for, beside `rtmp`. */
const SEARCHED: Readonly<Record<string, readonly string[]>> = {
  bytes: ['binary', 'byte-reader', 'byte-writer', 'buffer', 'uint8array', 'utf8', 'live-streaming'],
  amf0: ['amf', 'amf0', 'amf-parser', 'action-message-format', 'flash', 'onmetadata', 'live-streaming'],
  amf3: ['amf', 'amf3', 'amf-parser', 'action-message-format', 'flash', 'flex', 'live-streaming'],
  handshake: ['rtmp-handshake', 'digest', 'sans-io', 'live-streaming'],
  chunk: ['rtmp-chunk', 'chunk-stream', 'rtmp-parser', 'sans-io', 'live-streaming'],
  message: ['rtmp-message', 'rtmp-parser', 'netstream', 'netconnection', 'shared-object', 'live-streaming'],
  flv: ['flv', 'flv-parser', 'flv-demuxer', 'flv-muxer', 'h264', 'aac', 'video', 'live-streaming'],
  'e-rtmp': [
    'enhanced-rtmp',
    'e-rtmp',
    'hevc',
    'av1',
    'vp9',
    'opus',
    'multitrack',
    'fourcc',
    'live-streaming',
  ],
  session: ['rtmp-session', 'rtmp-protocol', 'sans-io', 'enhanced-rtmp', 'live-streaming'],
  live: ['live-streaming', 'media-server', 'gop-cache', 'fan-out', 'backpressure'],
  cmaf: ['cmaf', 'fmp4', 'mp4-muxer', 'fragmented-mp4', 'mse', 'media-source-extensions', 'live-streaming'],
  hls: ['hls', 'll-hls', 'low-latency-hls', 'm3u8', 'cmaf', 'live-streaming', 'rtmp-to-hls'],
  recorder: ['recording', 'recorder', 'dvr', 'flv', 'fmp4', 'mp4', 'live-streaming'],
  player: ['flv-player', 'http-flv', 'ws-flv', 'mse', 'low-latency', 'video-player', 'live-streaming'],
  console: ['media-server', 'admin', 'dashboard', 'live-streaming'],
  cluster: ['cluster', 'lease', 'fencing', 'redis', 'valkey', 'live-streaming'],
  client: [
    'rtmp-client',
    'rtmp-publisher',
    'rtmp-player',
    'rtmps',
    'enhanced-rtmp',
    'restream',
    'obs',
    'live-streaming',
  ],
  server: [
    'rtmp-server',
    'media-server',
    'live-streaming',
    'enhanced-rtmp',
    'obs',
    'ffmpeg',
    'rtmps',
    'hls',
    'http-flv',
    'node-media-server',
  ],
  conformance: ['rtmp-test', 'conformance', 'fuzzing', 'enhanced-rtmp', 'rtmp-server', 'live-streaming'],
}

type Conditions = Readonly<Record<string, string>>

/** An entry point as it is published: without the sources, and closed to compilers that cannot read it. */
const publishedEntry = (entry: string | Conditions): string | Conditions => {
  if (typeof entry === 'string') return entry
  const conditions = Object.entries(entry).filter(
    ([condition]) => condition !== '@rtmp/source' && !condition.startsWith('types@'),
  )
  return { [`types@<${OLDEST_TYPESCRIPT}`]: `./${TOO_OLD}`, ...Object.fromEntries(conditions) }
}

/** The fields of a package that follow from the root's and from its own. */
export const metadataOf = (name: string, folder: string): Readonly<Record<string, unknown>> => {
  const { repository, author, funding, engines } = manifestOf('.')
  const { url } = repository as { url: string }
  const own = manifestOf(folder)
  const ownFiles = own.files.filter((file) => file !== 'src' && !/^!|^needs-typescript-/.test(file))
  const exports = Object.entries(own.exports).map(([path, entry]) => [path, publishedEntry(entry)])
  return {
    homepage: `${page()}/tree/main/${folder}#readme`,
    bugs: { url: `${page()}/issues` },
    repository: { type: 'git', url, directory: folder },
    author,
    funding,
    keywords: ['rtmp', ...(SEARCHED[name] ?? [])],
    engines,
    files: [...ownFiles, '!dist/**/*.map', TOO_OLD],
    publishConfig: { access: 'public', exports: Object.fromEntries(exports) },
  }
}

/** Where the repository is looked at. */
const page = (): string => {
  const { repository } = manifestOf('.')
  return (repository as { url: string }).url.replace(/^git\+/, '').replace(/\.git$/, '')
}

/** A README whose links work where only it is shown, as on npm: those that leave the package's folder are whole addresses. */
export const readmeOf = (folder: string): string =>
  readFileSync(join(root, folder, 'README.md'), 'utf8').replaceAll(
    /\]\((\.\.?\/[^)\s]+)\)/g,
    (all, link: string) => {
      const [path = '', fragment] = link.split('#')
      const target = relative(root, join(root, folder, path))
      if (target.startsWith(`${folder}/`)) return all
      const kind = /\.\w+$/.test(target) ? 'blob' : 'tree'
      return `](${page()}/${kind}/main/${target}${fragment === undefined ? '' : `#${fragment}`})`
    },
  )

/** What is in the file that older compilers are led to. */
export const tooOldText = `// These types need TypeScript ${OLDEST_TYPESCRIPT} or later. An older one is led here and finds no module: an error that says so, where types
// that it cannot read would quietly become \`any\`. What to do: npm install --save-dev typescript@latest
`
