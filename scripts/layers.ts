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
  ertmp: ['bytes', 'amf0', 'flv'],
  session: ['bytes', 'amf0', 'amf3', 'handshake', 'chunk', 'message'],
  client: ['bytes', 'amf0', 'amf3', 'handshake', 'chunk', 'message', 'flv', 'ertmp', 'session'],
  server: ['bytes', 'amf0', 'amf3', 'handshake', 'chunk', 'message', 'flv', 'ertmp', 'session', 'client'],
}

/** Package name to its folder below `packages/`. */
export const folders: Readonly<Record<string, string>> = Object.fromEntries(
  Object.keys(allowed).map((name) => [name, name === 'ertmp' ? 'eRtmp' : name]),
)

/** Packages that run anywhere and have no dependency outside this repository. */
export const pure: ReadonlySet<string> = new Set(
  Object.keys(allowed).filter((name) => name !== 'client' && name !== 'server'),
)
