import type { FuzzTarget } from '../target.ts'

const load = (module: Promise<{ target: FuzzTarget }>): Promise<FuzzTarget> =>
  module.then(({ target }) => target)

/** What can be attacked, by the name to type. */
export const targets = {
  amf0: () => load(import('./amf0.ts')),
  amf3: () => load(import('./amf3.ts')),
  handshake: () => load(import('./handshake.ts')),
  chunk: () => load(import('./chunk.ts')),
  message: () => load(import('./message.ts')),
  flv: () => load(import('./flv.ts')),
  ertmp: () => load(import('./ertmp.ts')),
  session: () => load(import('./session.ts')),
  hls: () => load(import('./hls.ts')),
  obs: () => load(import('./obs.ts')),
  server: () => load(import('./server.ts')),
} as const
