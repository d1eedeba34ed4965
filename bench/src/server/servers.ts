import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BASELINE, serverBin } from '../baseline.ts'
import type { FlvCarrier } from './light-flv-reader.ts'
import { ownNode } from './own-node.ts'
import type { ServerKind } from './server-process.ts'

/** This checkout. */
const here = fileURLToPath(new URL('../../..', import.meta.url))

/** Enough for buffers to have their sizes; */
const WARM_UP_MS = 3000
/** and, in JavaScript, for most of what is called 73 times a second to be compiled: all of it takes a minute. */
const JAVASCRIPT_WARM_UP_MS = 40_000

/** Our server, as built in a checkout, with a latency setting. */
export const ours = (latency?: string, checkout: string = here): ServerKind => ({
  name: checkout === here ? 'ours' : BASELINE,
  warmUpMs: JAVASCRIPT_WARM_UP_MS,
  command: (port) => [
    ownNode(),
    serverBin(checkout),
    '--rtmp-port',
    String(port),
    '--host',
    '127.0.0.1',
    '--http-port',
    'off',
    '--log-level',
    'warn',
    ...(latency === undefined ? [] : ['--latency', latency]),
  ],
})

/** The folder below a server's own that it records into. */
export const RECORDINGS = 'recordings'

/** Our server that records everything. */
export const recording = (format: 'flv' | 'fmp4', checkout: string = here): ServerKind => {
  const plain = ours(undefined, checkout)
  return {
    ...plain,
    command: (port, folder, httpPort) => {
      const config = join(folder, 'recording.json')
      const file = join(folder, RECORDINGS, '{streamName}.{ext}')
      writeFileSync(config, JSON.stringify({ recordings: [{ file, format }] }))
      return [...plain.command(port, folder, httpPort), '--config', config]
    },
  }
}

/** Our server with HTTP. */
const overHttp = (more: readonly string[], checkout?: string): ServerKind => {
  const one = ours(undefined, checkout)
  return {
    ...one,
    command: (port, folder, httpPort) => {
      const [program, ...words] = one.command(port, folder, httpPort)
      return [program, ...words.map((word) => (word === 'off' ? String(httpPort) : word)), ...more]
    },
  }
}

/** Our server, played over HTTP or a WebSocket. */
export const oursBy = (playedBy: FlvCarrier): ServerKind => ({ ...overHttp([]), playedBy, hasFlv: true })

/** Our server with HLS of everything that is published, or of nothing; segments of two seconds. */
export const withHls = (mode: 'always' | 'off', partMs = 0, checkout?: string): ServerKind => {
  const one = overHttp(['--hls-mode', mode, '--hls-part-ms', String(partMs)], checkout)
  return mode === 'always' ? { ...one, hlsAt: (path) => `/${path}.m3u8` } : one
}

/** Our server that makes no HLS, beside itself making it. */
export const withoutHls: ServerKind = { ...withHls('off'), name: 'ours, no HLS' }

/** Our server, played by RTMP, beside itself played otherwise. */
export const byRtmp: ServerKind = { ...ours(), name: 'by RTMP', playedBy: 'rtmp' }

/** Our server with several workers. */
export const workers = (count: number): ServerKind => {
  const one = ours()
  return {
    ...one,
    command: (port, folder, httpPort) => [...one.command(port, folder, httpPort), '--workers', String(count)],
  }
}

/** Our server with one worker, beside one with several. */
export const oneWorker: ServerKind = { ...ours(), name: 'one worker' }

const onPath = (program: string): string | undefined =>
  [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin']
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path))

const rtmpModule = '/usr/lib/nginx/modules/ngx_rtmp_module.so'

/** What nginx's configuration says of its application, and beside RTMP. */
interface NginxParts {
  readonly live: (folder: string) => string
  readonly http?: (folder: string, port: number) => string
}

const nginxWith = (name: string, { live, http }: NginxParts): ServerKind => ({
  name,
  warmUpMs: WARM_UP_MS,
  command: (port, folder, httpPort) => {
    mkdirSync(join(folder, 'logs'), { recursive: true })
    writeFileSync(
      join(folder, 'nginx.conf'),
      `load_module ${rtmpModule};
daemon off; master_process off; worker_rlimit_nofile 16384;
error_log logs/error.log error; pid logs/nginx.pid;
events { worker_connections 12288; }
rtmp { access_log off; server { listen 127.0.0.1:${port}; chunk_size 4096; application live { live on; ${live(folder)} } } }
${http?.(folder, httpPort) ?? ''}
`,
    )
    return [onPath('nginx') ?? 'nginx', '-p', `${folder}/`, '-c', 'nginx.conf']
  },
})

const nginx: ServerKind = nginxWith('nginx-rtmp', { live: () => 'record off;' })

/** nginx-rtmp that records everything, where it is installed. */
const nginxRecording: ServerKind = nginxWith('nginx-rtmp', {
  live: (folder) => {
    const recordings = join(folder, RECORDINGS)
    mkdirSync(recordings, { recursive: true })
    return `record all; record_path ${recordings};`
  },
})

/** nginx-rtmp that makes HLS of everything, with the segments and the window that ours has by default, and nginx that sends it from the disk. */
const nginxHls: ServerKind = {
  ...nginxWith('nginx-rtmp', {
    live: (folder) => {
      mkdirSync(join(folder, 'www/live'), { recursive: true })
      return `record off; hls on; hls_path ${folder}/www/live; hls_fragment 2s; hls_playlist_length 12s;`
    },
    http: (folder, port) => {
      const unused = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
        .map((kind) => `${kind}_temp_path ${folder}/unused;`)
        .join(' ')
      return `http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000; ${unused} server { listen 127.0.0.1:${port}; root ${folder}/www; } }`
    },
  }),
  hlsAt: (path) => `/${path}.m3u8`,
}

const nginxWithoutHls: ServerKind = { ...nginx, name: 'nginx-rtmp, no HLS' }

const nodeMediaServer: ServerKind = {
  name: 'node-media-server',
  warmUpMs: JAVASCRIPT_WARM_UP_MS,
  hasFlv: true,
  command: (port, folder, httpPort) => {
    const config = join(folder, 'config.json')
    writeFileSync(
      config,
      JSON.stringify({
        bind: '127.0.0.1',
        store: { path: join(folder, 'data'), maxHistory: 100 },
        auth: { play: false, publish: false, secret: '', jwt: { secret: 'x', users: [] } },
        rtmp: { port },
        http: { port: httpPort },
        record: { auto: false, path: join(folder, 'record') },
      }),
    )
    const manifest = createRequire(import.meta.url).resolve('node-media-server/package.json')
    return [ownNode(), join(dirname(manifest), 'bin/app.js'), '-c', config, '--no-admin']
  },
}

const srs: ServerKind = {
  name: 'srs',
  warmUpMs: WARM_UP_MS,
  command: (port, folder) => {
    writeFileSync(
      join(folder, 'srs.conf'),
      `listen 127.0.0.1:${port}; max_connections 4000; daemon off; srs_log_tank console; srs_log_level error;
pid ${join(folder, 'srs.pid')}; query_latest_version off; vhost __defaultVhost__ { }
`,
    )
    return [onPath('srs') ?? 'srs', '-c', join(folder, 'srs.conf')]
  },
}

/** @param hls - What its configuration says of HLS. */
const mediamtxWith = (name: string, hls: (httpPort: number) => string): ServerKind => ({
  name,
  warmUpMs: WARM_UP_MS,
  command: (port, folder, httpPort) => {
    const config = join(folder, 'mediamtx.yml')
    writeFileSync(
      config,
      `logLevel: error\nrtmpAddress: 127.0.0.1:${port}\nrtsp: no\n${hls(httpPort)}\nwebrtc: no\nsrt: no\npaths:\n  all_others:\n`,
    )
    // Versions that do not know this protocol refuse it in a file, and overlook it here.
    return ['env', 'MTX_MOQ=no', onPath('mediamtx') ?? 'mediamtx', config]
  },
})

const mediamtx: ServerKind = mediamtxWith('mediamtx', () => 'hls: no')

/** MediaMTX that makes HLS of everything, in fragmented MP4 as ours, with the segments and the window that ours has by default. */
const mediamtxHls = (partMs: number): ServerKind => ({
  ...mediamtxWith('mediamtx', (httpPort) =>
    [
      'hls: yes',
      `hlsAddress: 127.0.0.1:${httpPort}`,
      'hlsAlwaysRemux: yes',
      `hlsVariant: ${partMs > 0 ? 'lowLatency' : 'fmp4'}`,
      `hlsPartDuration: ${partMs > 0 ? partMs : 200}ms`,
      'hlsSegmentDuration: 2s',
      // It takes no fewer at low latency.
      `hlsSegmentCount: ${partMs > 0 ? 7 : 6}`,
    ].join('\n'),
  ),
  hlsAt: (path) => `/${path}/index.m3u8`,
})

const mediamtxWithoutHls: ServerKind = { ...mediamtx, name: 'mediamtx, no HLS' }

const bareProgram = fileURLToPath(new URL('./bare-relay.ts', import.meta.url))

/** The name of what the platform costs. */
export const BARE = 'bare Node'

/** What the platform costs: see bare-relay.ts. */
export const bare = (windowMs?: string): ServerKind => ({
  name: BARE,
  warmUpMs: JAVASCRIPT_WARM_UP_MS,
  command: (port) => [
    ownNode(),
    '--conditions=@rtmp/source',
    '--import',
    import.meta.resolve('tsx'),
    bareProgram,
    String(port),
    ...(windowMs === undefined ? [] : [windowMs]),
  ],
})

const hasMediamtx = (): boolean => onPath('mediamtx') !== undefined

const hasNginx = (): boolean => onPath('nginx') !== undefined && existsSync(rtmpModule)

/** Those of them that record as ours does. */
export const recordingPeers = (): ServerKind[] => (hasNginx() ? [nginxRecording] : [])

/** Those of them that make HLS as ours does. @param partMs - Of LL-HLS, where they have that; 0 for none. */
export const hlsPeers = (partMs: number): ServerKind[] => [
  ...(hasNginx() ? [nginxHls] : []),
  ...(hasMediamtx() ? [mediamtxHls(partMs)] : []),
]

/** … and the same without it. */
export const peersWithoutHls = (): ServerKind[] => [
  ...(hasNginx() ? [nginxWithoutHls] : []),
  ...(hasMediamtx() ? [mediamtxWithoutHls] : []),
]

/** Other people's servers that are installed here. */
export const installedPeers = (): ServerKind[] => [
  ...(hasNginx() ? [nginx] : []),
  nodeMediaServer,
  ...(onPath('srs') === undefined ? [] : [srs]),
  ...(hasMediamtx() ? [mediamtx] : []),
]
