/**
 * A live stream as HLS and LL-HLS (RFC 8216bis), and a recording as HLS: one variant for each video track, CMAF segments and
 * parts, blocking reloads. Messages in, playlists and segments out; no socket, no clock, no timer.
 *
 * @packageDocumentation
 */
export { answer, answerRequest, type HlsRequest } from './answer.ts'
export type { HlsAnswer } from './hls-answer.ts'
export { HlsStream } from './hls-stream.ts'
export { type HlsFeed, hlsFeed } from './hls-feed.ts'
export { LAST_PARTS_MS } from './last-parts.ts'
export type { HlsOptions, HlsUsageCode, ResolvedHlsOptions } from './options.ts'
export { RecordedHls, type RecordedHlsOptions, type RecordedHlsRequest } from './recorded-hls.ts'
export type { RecordedSource, RecordedStart } from './recorded-source.ts'
export { MULTIVARIANT_NAME } from './resource-name.ts'
export type { SegmentStorage } from './segment-storage.ts'
export { toResponse } from './to-response.ts'
export type { AbortSource } from './waiting-room.ts'
