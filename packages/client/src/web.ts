/**
 * The client where there are no sockets: a browser, a worker, Deno or Bun, over a WebSocket or any pair of Web Streams.
 *
 * @packageDocumentation
 */
export * from './shared.ts'
export { play, publish, pushTo } from './web/client.ts'
export { type WebDialOptions, webHost } from './web/web-host.ts'
export { type WebSocketLike, WebSocketTransport } from './web/web-socket-transport.ts'
