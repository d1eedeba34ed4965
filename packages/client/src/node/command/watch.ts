import type { FlvPlayer, FlvPlayerOptions } from '../../core/flv-player.ts'
import { isFlvUrl } from '../../core/flv-url.ts'
import type { RtmpPlayer } from '../../core/player.ts'
import { CommandFailure, ExitCode } from '../../command/exit-code.ts'
import { type NodePlayerOptions, play } from '../client.ts'
import { playFlv } from '../open-flv.ts'

/** Whether a source is a stream and not a file. */
export const isStreamUrl = (source: string): boolean => /^rtmps?:\/\//i.test(source) || isFlvUrl(source)

/** Plays a stream over what its URL says: RTMP, HTTP or a WebSocket. @throws UsageError `RTMP_URL_INVALID` */
export const watch = (
  url: string,
  options: NodePlayerOptions & Pick<FlvPlayerOptions, 'whenUnpublished'>,
): RtmpPlayer | FlvPlayer => (isFlvUrl(url) ? playFlv(url, options) : play(url, options))

/** Fails when flags were given that only RTMP has. @throws CommandFailure */
export const refuseRtmpFlags = (url: string, flags: Readonly<Record<string, unknown>>): void => {
  if (!isFlvUrl(url)) return
  const given = Object.entries(flags).find(([, value]) => value !== undefined && value !== false)
  if (given === undefined) return
  throw new CommandFailure(
    ExitCode.usage,
    `${given[0]} is for rtmp:// only: FLV over HTTP or a WebSocket has nothing of the kind.`,
  )
}
