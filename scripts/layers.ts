// Who may import whom: the map of the toolkit, lowest layer first.

/** Package name (without the scope) to the packages it may import. */
export const allowed: Readonly<Record<string, readonly string[]>> = {
  bytes: [],
  amf0: ['bytes'],
  amf3: ['bytes'],
  handshake: ['bytes'],
  chunk: ['bytes'],
  message: ['bytes', 'chunk', 'amf0', 'amf3'],
  flv: ['bytes', 'amf0'],
  'e-rtmp': ['bytes', 'amf0', 'flv'],
  session: ['bytes', 'amf0', 'amf3', 'handshake', 'chunk', 'message'],
  live: ['bytes', 'chunk', 'message', 'flv', 'e-rtmp'],
  cmaf: ['bytes', 'flv', 'e-rtmp'],
  recorder: ['bytes', 'amf0', 'flv', 'e-rtmp', 'live', 'cmaf'],
  hls: ['bytes', 'flv', 'e-rtmp', 'live', 'cmaf'],
  player: ['bytes', 'flv', 'e-rtmp', 'cmaf'],
  cluster: [],
  client: ['bytes', 'amf0', 'amf3', 'handshake', 'chunk', 'message', 'flv', 'e-rtmp', 'session'],
  console: ['e-rtmp', 'player', 'client'],
  server: [
    'bytes',
    'amf0',
    'amf3',
    'handshake',
    'chunk',
    'message',
    'flv',
    'e-rtmp',
    'session',
    'live',
    'cmaf',
    'recorder',
    'cluster',
    'hls',
    'client',
    'console',
  ],
  conformance: [
    'bytes',
    'amf0',
    'amf3',
    'handshake',
    'chunk',
    'message',
    'flv',
    'e-rtmp',
    'session',
    'client',
  ],
}

/** Packages whose built files have what they import inside, so that their manifests name it for development only. */
export const bundled: ReadonlySet<string> = new Set(['console'])

/**
 * Folders of this repository that are never published, and who may import them: what is built of those has them inside.
 * They import no package.
 */
export const unpublished: Readonly<Record<string, readonly string[]>> = { settings: ['client', 'server'] }

/** Package name to its folder below `packages/`. */
export const folders: Readonly<Record<string, string>> = Object.fromEntries(
  Object.keys(allowed).map((name) => [name, name === 'e-rtmp' ? 'eRtmp' : name]),
)

/** Packages that run anywhere and have no dependency outside this repository. */
export const pure: ReadonlySet<string> = new Set(
  Object.keys(allowed).filter(
    (name) => !['player', 'client', 'console', 'server', 'conformance', 'recorder', 'hls'].includes(name),
  ),
)

/**
 * Rooms inside the server, lowest first, and which others each may import. The contract imports nothing; the engine
 * (`core`) imports no policy: no access, registrations, relays, HTTP or configuration. `node` puts all of it together.
 */
export const serverRooms: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  names: [],
  transport: [],
  core: ['contract', 'names', 'transport'],
  handlers: ['contract'],
  access: ['contract', 'names', 'transport'],
  stats: ['contract', 'core'],
  web: ['core'],
  registrations: ['contract', 'core', 'transport'],
  obs: ['contract'],
  config: ['contract', 'access'],
  cluster: ['contract', 'core'],
}
