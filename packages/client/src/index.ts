/**
 * RTMP publisher and player for Node: over TCP and TLS, with reconnect, redirects and authentication, one stream to many
 * targets, from and to FLV.
 *
 * @packageDocumentation
 */
export * from './shared.ts'
export {
  type FlvBytes,
  FlvPlayer,
  type FlvPlayerOptions,
  type FlvPlayerStats,
  type OpenFlv,
} from './core/flv-player.ts'
export { isFlvUrl } from './core/flv-url.ts'
export type { ClientTlsOptions, Dialled, DialOptions } from './node/dial.ts'
export {
  type NodePlayerOptions,
  type NodePublisherOptions,
  play,
  publish,
  publishFile,
  type PublishFileOptions,
  publishFlv,
  pushTo,
} from './node/client.ts'
export { nodeHost } from './node/node-host.ts'
export { type NodeFlvPlayerOptions, openFlv, playFlv } from './node/open-flv.ts'
export { type FlvRepair, repairFlv } from './node/repair-flv.ts'
export type { SavedFlv, SavedFlvFile } from './node/flv-saving.ts'
export { saveFlv, type SaveFlvOptions } from './node/save-flv.ts'
