/** Folders of packages that run anywhere: they have what the Web has, and nothing of Node's. */
export const PURE_PACKAGES: readonly string[] = [
  'bytes',
  'amf0',
  'amf3',
  'handshake',
  'chunk',
  'message',
  'flv',
  'eRtmp',
  'session',
  'live',
  'cmaf',
  'hls',
]
