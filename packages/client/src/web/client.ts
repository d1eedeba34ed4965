import { MultiPublisher, type PushTarget } from '../core/multi-publisher.ts'
import type { RtmpPlayerOptions, RtmpPublisherOptions } from '../core/options.ts'
import { RtmpPlayer } from '../core/player.ts'
import { RtmpPublisher } from '../core/publisher.ts'
import { type WebDialOptions, webHost } from './web-host.ts'

/**
 * Publishes a stream over a transport that a browser can open.
 *
 * @param url - What the server is told: `rtmp://host/app/key`.
 * @throws UsageError `RTMP_URL_INVALID`; RtmpClientError, among them `PublishRejected`; the signal's reason
 *
 * @example
 * const publisher = await publish('rtmp://localhost/live/key', { dial: 'ws://localhost:8000/rtmp' })
 */
export const publish = async (
  url: string,
  options: RtmpPublisherOptions & WebDialOptions,
): Promise<RtmpPublisher> => {
  const publisher = new RtmpPublisher(webHost(options), url, options)
  await publisher.started
  return publisher
}

/**
 * Plays a stream over a transport that a browser can open. Failures come out of the loop, and of `started`.
 *
 * @throws UsageError `RTMP_URL_INVALID`
 */
export const play = (url: string, options: RtmpPlayerOptions & WebDialOptions): RtmpPlayer =>
  new RtmpPlayer(webHost(options), url, options)

/** Publishes one input to many places, each with its own state. @throws UsageError `RTMP_URL_INVALID` */
export const pushTo = (
  targets: readonly (string | PushTarget)[],
  options: RtmpPublisherOptions & WebDialOptions,
): MultiPublisher => new MultiPublisher(webHost(options), targets, options)
