import type { ByteStreams, ClientTransport } from './transport.ts'

/** Whether something is a pair of Web Streams. */
export const isByteStreams = (value: object): value is ByteStreams =>
  'readable' in value &&
  typeof value.readable === 'object' &&
  value.readable !== null &&
  'getReader' in value.readable

/** Whether something is a transport of this package's kind. */
export const isTransport = (value: object): value is ClientTransport =>
  'start' in value && 'pendingBytes' in value
