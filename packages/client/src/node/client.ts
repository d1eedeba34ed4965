import { createReadStream } from 'node:fs'
import type { FlvSource } from '@rtmp/flv'
import { MultiPublisher, type PushTarget } from '../core/multi-publisher.ts'
import type { RtmpPlayerOptions, RtmpPublisherOptions } from '../core/options.ts'
import { RtmpPlayer } from '../core/player.ts'
import {
  type PublishFlvOptions,
  type PublishFlvResult,
  publishFlvTo,
  type TagSink,
} from '../core/publish-flv.ts'
import { RtmpPublisher } from '../core/publisher.ts'
import type { DialOptions } from './dial.ts'
import { nodeHost } from './node-host.ts'

/** Options of {@link publish}. */
export interface NodePublisherOptions extends RtmpPublisherOptions, DialOptions {}

/** Options of {@link play}. */
export interface NodePlayerOptions extends RtmpPlayerOptions, DialOptions {}

/** Options of {@link publishFile}. */
export interface PublishFileOptions extends NodePublisherOptions, PublishFlvOptions {
  /** Ends everything, at whatever stage; the stream is unpublished. */
  readonly signal?: AbortSignal
}

/**
 * Publishes a stream: connects, and resolves when the server has accepted it.
 *
 * @throws UsageError `RTMP_URL_INVALID`; RtmpClientError, among them `PublishRejected`; the signal's reason
 *
 * @example
 * const publisher = await publish('rtmp://localhost/live/key', { reconnect: true })
 * await publisher.write(tag)
 * await publisher.end()
 */
export const publish = async (url: string, options: NodePublisherOptions = {}): Promise<RtmpPublisher> => {
  const publisher = new RtmpPublisher(nodeHost(options), url, options)
  await publisher.started
  return publisher
}

/**
 * Plays a stream. Connects at once; failures come out of the loop, and of `started`.
 *
 * @throws UsageError `RTMP_URL_INVALID`
 *
 * @example
 * for await (const packet of play('rtmp://localhost/live/key')) console.log(packet.kind, packet.timestamp)
 */
export const play = (url: string, options: NodePlayerOptions = {}): RtmpPlayer =>
  new RtmpPlayer(nodeHost(options), url, options)

/**
 * Publishes one input to many places, each with its own state; one that fails or is slow is not noticed by the others.
 * Targets reconnect and drop unless options say otherwise.
 *
 * @example
 * ```ts
 * const many = pushTo(['rtmp://one.example/live/key', 'rtmps://two.example/live/key'])
 * for await (const packet of play('rtmp://studio.example/live/programme')) await many.write(packet)
 * await many.end()
 * ```
 *
 * @param options - For all targets; a target's own come first. TLS and dialling are the same for all.
 * @throws UsageError `RTMP_URL_INVALID`
 */
export const pushTo = (
  targets: readonly (string | PushTarget)[],
  options: NodePublisherOptions = {},
): MultiPublisher => new MultiPublisher(nodeHost(options), targets, options)

/**
 * Sends the tags of FLV to a publisher, in real time unless told otherwise.
 *
 * @param open - Gives the bytes from the beginning, once per round.
 * @throws what the source, the FLV reader and the publisher throw; the signal's reason
 */
export const publishFlv = (
  sink: TagSink,
  open: () => FlvSource | Promise<FlvSource>,
  options: PublishFlvOptions = {},
): Promise<PublishFlvResult> => publishFlvTo(nodeHost(), sink, open, options)

/**
 * Publishes an FLV file, or a stream of FLV bytes, from beginning to end.
 *
 * @example
 * ```ts
 * const { tags, durationMs } = await publishFile('movie.flv', 'rtmp://localhost/live/show', { loop: false, reconnect: true })
 * ```
 *
 * @param source - A path, a file URL, or bytes as they come; only files can be looped.
 * @throws as {@link publish} and {@link publishFlv}
 */
export const publishFile = async (
  source: string | URL | FlvSource,
  url: string,
  options: PublishFileOptions = {},
): Promise<PublishFlvResult> => {
  const isFile = typeof source === 'string' || source instanceof URL
  const publisher = await publish(url, options)
  const stop = new AbortController()
  publisher.finished.then(
    () => stop.abort(),
    (error: unknown) => stop.abort(error),
  )
  try {
    const { signal: _, ...flv } = options
    const open = (): FlvSource => (isFile ? createReadStream(source) : source)
    const result = await publishFlv(publisher, open, { ...flv, signal: stop.signal })
    await publisher.end()
    return result
  } catch (error) {
    publisher.abort(error)
    throw error
  }
}
