import { isFlvSignature } from '@rtmp/flv'
import { type Command, InvalidArgumentError } from 'commander'
import type { PublishFlvResult } from '../../core/publish-flv.ts'
import { publishFlv } from '../client.ts'
import { type ByteSource, byteSource, peekBytes } from './byte-source.ts'
import { CLOCK_MARK, clockMark } from '../../command/clock-mark.ts'
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
import { count, formatBitrate, formatBytes, formatTime, leapText } from '../../command/quantity.ts'
import { Reporter } from './reporter.ts'
import { publishTarget } from '../../command/target.ts'

interface PublishFlags extends ConnectionFlags, OutputFlags, VerbosityFlags {
  readonly fast?: boolean
  readonly loop?: true | number
  readonly clock?: boolean
}

const EXAMPLES = `
Examples:
  rtmp publish movie.flv rtmp://localhost/live/stream
  rtmp publish movie.flv rtmp://localhost/live/stream --loop        until Ctrl-C
  rtmp publish movie.flv rtmp://localhost/live/a twitch:live_123    to several places at once
  ffmpeg -re -i movie.mp4 -c copy -f flv - | rtmp publish - rtmp://localhost/live/stream

The input is FLV; other files are converted by: ffmpeg -i movie.mp4 -c copy movie.flv
Platforms by name: twitch:KEY, youtube:KEY, facebook:KEY.`

/** Adds `rtmp publish`. */
export const addPublishCommand = (program: Command, io: CommandIo): void => {
  const command = program
    .command('publish')
    .summary('publish an FLV file or stream, to one place or several')
    .description(
      'Publishes an FLV file, or FLV from standard input, in real time, to one server or to several at once. Ctrl-C ends the stream properly.',
    )
    .argument('<input>', 'an FLV file, or - for standard input')
    .argument('<url...>', 'rtmp://host/app/stream, rtmps://…, or a platform and stream key')
    .option('--fast', 'as fast as the server takes it, instead of in real time')
    .option('--loop [times]', 'play the file so often; without a number until Ctrl-C', times)
    .option('--clock', 'send the time of day along, so that rtmp probe can tell the latency')
  addVerbosityFlags(command)
  addOutputFlags(command)
  addConnectionFlags(command)
  command
    .addHelpText('after', EXAMPLES)
    .action((input: string, urls: string[], flags: PublishFlags) => publishInput(input, urls, flags, io))
}

const times = (text: string): number => {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new InvalidArgumentError('It is a number of times, from 1.')
}

/**
 * Waits for the first bytes, so that nobody sees a stream of which nothing comes.
 *
 * @throws CommandFailure when they are not FLV
 */
const openFlv = async (source: ByteSource): Promise<() => AsyncIterable<Uint8Array>> => {
  const { head, all } = await peekBytes(source.open(), FLV_SIGNATURE_SIZE)
  if (!isFlvSignature(head)) {
    throw new CommandFailure(
      ExitCode.file,
      head.length === 0
        ? `There is nothing in ${source.name}; give FLV, as made by ffmpeg -i FILE -c copy -f flv -.`
        : `${source.name} is not FLV; convert it first: ffmpeg -i FILE -c copy out.flv.`,
    )
  }
  let first: AsyncIterable<Uint8Array> | undefined = all
  return () => {
    const bytes = first ?? source.open()
    first = undefined
    return bytes
  }
}

const FLV_SIGNATURE_SIZE = 3

/** Bytes of FLV beside the payloads: header and first back pointer, and 15 with each tag. */
const FLV_HEAD = 13
const TAG_OVERHEAD = 15

const publishInput = async (
  input: string,
  urls: readonly string[],
  flags: PublishFlags,
  io: CommandIo,
): Promise<void> => {
  const source = await byteSource(input, io)
  if (flags.loop !== undefined && source.size === undefined) {
    throw new CommandFailure(
      ExitCode.usage,
      'Only a file can be looped; leave out --loop for standard input.',
    )
  }
  const open = await openFlv(source)
  const targets = urls.map(publishTarget)
  const options = await connectionOptions(flags)
  const reporter = new Reporter(io, verbosityOf(flags))
  // In real time a slow target leaves pictures out rather than hold up the others; a copy must be complete.
  const overflow = flags.fast === true ? 'wait' : 'drop'
  const push = await Push.open(targets, { ...options, queue: { overflow } }, reporter, io.signal)
  const startedAt = performance.now()
  const stop = AbortSignal.any([io.signal, push.over])
  const show = progressOf(source, flags, push, reporter)
  let result: PublishFlvResult | undefined
  let clockAt = Number.NEGATIVE_INFINITY
  try {
    result = await publishFlv(push.sink, open, {
      pace: flags.fast === true ? 'fast' : 'realtime',
      ...(flags.loop === undefined ? {} : { loop: flags.loop }),
      signal: stop,
      onDiscontinuity: ({ position, leap }) =>
        reporter.log({
          level: 'warn',
          text: `The time of ${source.name} ${leapText(leap)} at byte ${position}; what is sent goes on from where it was`,
        }),
      onTracksApart: (ms) =>
        reporter.log({
          level: 'warn',
          text: `Sound and picture of ${source.name} are ${formatTime(Math.abs(ms))} apart by their times; they are sent side by side`,
        }),
      onWait: (ms) =>
        reporter.log({
          level: 'info',
          text: `Waiting ${formatTime(ms)}: nothing stands in ${source.name} for that long`,
        }),
      onProgress: (progress) => {
        result = progress
        show(progress)
        if (flags.clock === true && performance.now() - clockAt >= 1000) {
          clockAt = performance.now()
          void push.sink.writeData(CLOCK_MARK, clockMark(Date.now()))
        }
      },
    })
  } finally {
    reporter.stop()
    if (io.signal.aborted) reporter.log({ level: 'info', text: 'Interrupted: ending the stream' })
    await push.end()
    const report = {
      source: source.name,
      tags: result?.tags ?? 0,
      bytes: result?.bytes ?? 0,
      durationMs: result?.durationMs ?? 0,
      loops: result?.loops ?? 0,
      discontinuities: result?.discontinuities ?? 0,
      elapsedMs: Math.round(performance.now() - startedAt),
      targets: push.report(),
    }
    if (wantsJson(flags, io.stdout)) await new Printer(io.stdout).json(report)
    else {
      reporter.log({
        level: 'info',
        text: `Sent ${formatTime(report.durationMs)} of media, ${count(report.tags, 'message')}, ${formatBytes(report.bytes)}`,
      })
    }
  }
  if (result.tags === 0)
    throw new CommandFailure(ExitCode.file, `There is nothing to publish in ${source.name}.`)
  if (push.failure !== undefined) throw push.failure
}

/** Shows how far it is, by the bytes of the file where its size is known. */
const progressOf = (
  source: ByteSource,
  { loop }: PublishFlags,
  push: Push,
  reporter: Reporter,
): ((progress: PublishFlvResult) => void) => {
  const rounds = loop === true ? undefined : (loop ?? 1)
  const total = source.size === undefined || rounds === undefined ? undefined : source.size * rounds
  return ({ tags, bytes, durationMs, loops }) => {
    const read = bytes + tags * TAG_OVERHEAD + loops * FLV_HEAD
    reporter.progress(
      () => {
        const { now, all } = push.live
        const rate = durationMs === 0 ? '' : `, ${formatBitrate((bytes * 8000) / durationMs)}`
        const round = loop === undefined ? '' : `, round ${loops}`
        return `${formatTime(durationMs)}, ${formatBytes(bytes)}${rate}${round}${all === 1 ? '' : `, ${now} of ${all} live`}`
      },
      total === undefined ? undefined : read / total,
    )
  }
}
