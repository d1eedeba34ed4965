import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ServerKind } from './server-process.ts'

const bin = fileURLToPath(new URL('../../../packages/server/dist/command/bin.js', import.meta.url))

/** Enough for buffers to have their sizes; */
const WARM_UP_MS = 3000
/** and, in JavaScript, for most of what is called 73 times a second to be compiled: all of it takes a minute. */
const JAVASCRIPT_WARM_UP_MS = 40_000

/** Our server, as built, with a latency setting. */
export const ours = (name: string, latency?: string): ServerKind => ({
  name,
  warmUpMs: JAVASCRIPT_WARM_UP_MS,
  command: (port) => [
    process.execPath,
    bin,
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

const onPath = (program: string): string | undefined =>
  [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin']
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path))

const rtmpModule = '/usr/lib/nginx/modules/ngx_rtmp_module.so'

const nginx: ServerKind = {
  name: 'nginx-rtmp',
  warmUpMs: WARM_UP_MS,
  command: (port, folder) => {
    mkdirSync(join(folder, 'logs'), { recursive: true })
    writeFileSync(
      join(folder, 'nginx.conf'),
      `load_module ${rtmpModule};
daemon off; master_process off; worker_rlimit_nofile 8192;
error_log logs/error.log error; pid logs/nginx.pid;
events { worker_connections 4096; }
rtmp { access_log off; server { listen 127.0.0.1:${port}; chunk_size 4096; application live { live on; record off; } } }
`,
    )
    return [onPath('nginx') ?? 'nginx', '-p', `${folder}/`, '-c', 'nginx.conf']
  },
}

const nodeMediaServer: ServerKind = {
  name: 'node-media-server',
  warmUpMs: JAVASCRIPT_WARM_UP_MS,
  command: (port, folder) => {
    const config = join(folder, 'config.json')
    writeFileSync(
      config,
      JSON.stringify({
        bind: '127.0.0.1',
        store: { path: join(folder, 'data'), maxHistory: 100 },
        auth: { play: false, publish: false, secret: '', jwt: { secret: 'x', users: [] } },
        rtmp: { port },
        record: { auto: false, path: join(folder, 'record') },
      }),
    )
    const manifest = createRequire(import.meta.url).resolve('node-media-server/package.json')
    return [process.execPath, join(dirname(manifest), 'bin/app.js'), '-c', config, '--no-admin']
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

const mediamtx: ServerKind = {
  name: 'mediamtx',
  warmUpMs: WARM_UP_MS,
  command: (port, folder) => {
    const config = join(folder, 'mediamtx.yml')
    writeFileSync(
      config,
      `logLevel: error\nrtmpAddress: 127.0.0.1:${port}\nrtsp: no\nhls: no\nwebrtc: no\nsrt: no\npaths:\n  all_others:\n`,
    )
    return [onPath('mediamtx') ?? 'mediamtx', config]
  },
}

const bareProgram = fileURLToPath(new URL('./bare-relay.ts', import.meta.url))

/** The name of what the platform costs. */
export const BARE = 'bare Node'

/** What the platform costs: see bare-relay.ts. */
export const bare = (windowMs?: string): ServerKind => ({
  name: BARE,
  warmUpMs: JAVASCRIPT_WARM_UP_MS,
  command: (port) => [
    process.execPath,
    '--conditions=@rtmp/source',
    '--import',
    import.meta.resolve('tsx'),
    bareProgram,
    String(port),
    ...(windowMs === undefined ? [] : [windowMs]),
  ],
})

/** Other people's servers that are installed here. */
export const installedPeers = (): ServerKind[] => [
  ...(onPath('nginx') !== undefined && existsSync(rtmpModule) ? [nginx] : []),
  nodeMediaServer,
  ...(onPath('srs') === undefined ? [] : [srs]),
  ...(onPath('mediamtx') === undefined ? [] : [mediamtx]),
]
