import { chosenTracks } from '@rtmp/e-rtmp'
import type { Command } from 'commander'
import { redactUrl } from '../../redact-url.ts'
import { duration, trackId } from '../../command/arguments.ts'
import type { CommandIo } from './command-io.ts'
import { addConnectionFlags, type ConnectionFlags, connectionOptions } from './connection-flags.ts'
import { CommandFailure, ExitCode } from '../../command/exit-code.ts'
import {
  addOutputFlags,
  addVerbosityFlags,
  type OutputFlags,
  type VerbosityFlags,
  verbosityOf,
  wantsJson,
} from './output-form.ts'
import { Printer } from './printer.ts'
import { Push } from './push.ts'
import { count, formatBytes, formatTime } from '../../command/quantity.ts'
import { Reporter } from './reporter.ts'
import { refuseRtmpFlags, watch } from './watch.ts'
import { publishTarget } from '../../command/target.ts'

interface RelayFlags extends ConnectionFlags, OutputFlags, VerbosityFlags {
  readonly duration?: number
  readonly wait?: boolean
  readonly subscribe?: boolean
  readonly track?: number
  readonly audioTrack?: number
}

const EXAMPLES = `
Examples:
  rtmp relay rtmp://camera/live/one rtmp://localhost/live/one
  rtmp relay rtmp://localhost/live/show twitch:live_123 youtube:abcd-efgh --reconnect
  rtmp relay rtmp://localhost/live/show twitch:live_123 --track 1   the second rendition, alone
  rtmp relay rtmp://a/live/x rtmp://b/live/x --wait --reconnect     keep at it until Ctrl-C

Each target has its own connection: one that fails or is slow is not noticed by the others.
The connection options are for the source and for all targets.`

/** Adds `rtmp relay`. */
export const addRelayCommand = (program: Command, io: CommandIo): void => {
  const command = program
    .command('relay')
    .summary('pass a stream on from one server to another, or several')
    .description('Plays a stream from one server and publishes it, unchanged, to another one or to several.')
    .argument(
      '<from>',
      'where the stream is: rtmp://host/app/stream or rtmps://…; FLV at http(s)://… or ws(s)://…',
    )
    .argument('<to...>', 'where it goes: URLs, or platforms and stream keys')
    .option('-d, --duration <time>', 'end after this long', duration)
    .option('--wait', 'when the publisher leaves, wait for the next one instead of ending')
    .option('--subscribe', 'send FCSubscribe to the source first, as some CDNs want')
    .option('--track <id>', 'of a stream with several renditions only this one, 0 to 255', trackId)
    .option('--audio-track <id>', 'of a stream with several audio tracks only this one, 0 to 255', trackId)
  addVerbosityFlags(command)
  addOutputFlags(command)
  addConnectionFlags(command)
  command
    .addHelpText('after', EXAMPLES)
    .action((from: string, to: string[], flags: RelayFlags) => relay(from, to, flags, io))
}

const relay = async (
  from: string,
  to: readonly string[],
  flags: RelayFlags,
  io: CommandIo,
): Promise<void> => {
  const options = await connectionOptions(flags)
  const reporter = new Reporter(io, verbosityOf(flags))
  const stop = new AbortController()
  const signal = AbortSignal.any([io.signal, stop.signal])
  refuseRtmpFlags(from, { '--subscribe': flags.subscribe })
  const player = watch(from, {
    ...options,
    onLog: (entry) => {
      if (entry.level !== 'error') reporter.log(entry, 'source')
    },
    ...(flags.wait === true ? { whenUnpublished: 'wait' as const } : {}),
    ...(flags.subscribe === true ? { subscribe: true } : {}),
  })
  const close = (): void => void player.close()
  signal.addEventListener('abort', close, { once: true })
  const timer = flags.duration === undefined ? undefined : setTimeout(() => stop.abort(), flags.duration)
  const { track, audioTrack } = flags
  const tracks =
    track === undefined && audioTrack === undefined
      ? undefined
      : { video: track ?? 0, audio: audioTrack ?? 0 }
  const startedAt = performance.now()
  let push: Push | undefined
  let packets = 0
  let bytes = 0
  try {
    await player.started
    push = await Push.open(to.map(publishTarget), options, reporter, signal)
    const { sink, over } = push
    over.addEventListener('abort', close, { once: true })
    for await (const given of player) {
      const packet = tracks === undefined ? given : chosenTracks(given, tracks)
      if (packet === undefined) continue
      await sink.write(packet)
      packets += 1
      bytes += packet.payload.length
      const { now, all } = push.live
      reporter.progress(
        () =>
          `${formatTime(performance.now() - startedAt)}, ${count(packets, 'message')}, ${formatBytes(bytes)}, ${now} of ${all} live`,
      )
    }
  } catch (error) {
    io.signal.throwIfAborted()
    if (!stop.signal.aborted) throw error
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', close)
    reporter.stop()
    await player.close()
    await push?.end()
    if (push !== undefined) {
      const report = {
        source: redactUrl(from),
        messages: packets,
        bytes,
        elapsedMs: Math.round(performance.now() - startedAt),
        reconnects: player.stats.reconnects,
        targets: push.report(),
      }
      if (wantsJson(flags, io.stdout)) await new Printer(io.stdout).json(report)
      else
        reporter.log({ level: 'info', text: `Passed on ${count(packets, 'message')}, ${formatBytes(bytes)}` })
    }
  }
  io.signal.throwIfAborted()
  if (push?.failure !== undefined) throw push.failure
  if (packets === 0) {
    throw new CommandFailure(
      ExitCode.refused,
      'Nothing came: nobody publishes this stream now, or its name is wrong; --wait waits for a publisher.',
    )
  }
}
