import { type Command, InvalidArgumentError } from 'commander'
import { saveFlv, type SaveFlvOptions } from '../save-flv.ts'
import { redactUrl } from '../../redact-url.ts'
import { byteCount, duration } from '../../command/arguments.ts'
import { checkOutput, fileFailure } from './byte-source.ts'
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
import { count, formatBitrate, formatBytes, formatTime } from '../../command/quantity.ts'
import { Reporter } from './reporter.ts'
import { refuseRtmpFlags, watch } from './watch.ts'

interface PlayFlags extends ConnectionFlags, OutputFlags, VerbosityFlags {
  readonly output?: string
  readonly duration?: number
  readonly maxBytes?: number
  readonly split?: number
  readonly splitBytes?: number
  readonly start?: 'any' | 'live' | number
  readonly wait?: boolean
  readonly subscribe?: boolean
  readonly buffer?: number
  readonly keepTime?: boolean
}

const EXAMPLES = `
Examples:
  rtmp play rtmp://localhost/live/stream -o recording.flv
  rtmp play rtmp://localhost/live/stream -o recording.flv --duration 10s
  rtmp play rtmp://localhost/live/stream | ffplay -
  rtmp play http://localhost:8000/live/stream.flv -o recording.flv
  rtmp play rtmp://localhost/live/stream -o all.flv --wait    until Ctrl-C
  rtmp play rtmp://localhost/live/stream -o all.flv --split 1h

What has come when the stream ends, or at Ctrl-C, is in the file, with an index to seek by.`

/** Adds `rtmp play`. */
export const addPlayCommand = (program: Command, io: CommandIo): void => {
  const command = program
    .command('play')
    .summary('play a stream into a file, or to another program')
    .description('Plays a stream into an FLV file, or to standard output for another program to show.')
    .argument('<url>', 'rtmp://host/app/stream or rtmps://…; FLV at http(s)://… or ws(s)://…')
    .option(
      '-o, --output <file>',
      'FLV file to write, or - for standard output (default when it is not a terminal)',
    )
    .option('-d, --duration <time>', 'end after so much of the stream: 10, 90s, 5m, 1:30', duration)
    .option('--max-bytes <size>', 'end after so many bytes: 500k, 20M, 1G', byteCount)
    .option(
      '--split <time>',
      'a new file at the first key frame behind so much: out.flv, out-2.flv, …',
      duration,
    )
    .option('--split-bytes <size>', 'a new file at the first key frame behind so many bytes', byteCount)
    .option(
      '--start <where>',
      'live, or a position in a recorded stream: 10, 1:30 (default: live, else recorded)',
      start,
    )
    .option('--wait', 'when the publisher leaves, wait for the next one instead of ending')
    .option('--subscribe', 'send FCSubscribe first, as some CDNs want')
    .option('--buffer <time>', 'buffer length to tell the server (default: 3s)', duration)
    .option('--keep-time', 'keep the timestamps of the stream instead of beginning at 0')
  addVerbosityFlags(command)
  addOutputFlags(command)
  addConnectionFlags(command)
  command.addHelpText('after', EXAMPLES).action((url: string, flags: PlayFlags) => playStream(url, flags, io))
}

const start = (text: string): 'any' | 'live' | number => {
  if (text === 'any' || text === 'live') return text
  try {
    return duration(text)
  } catch {
    throw new InvalidArgumentError('It is live, any, or a position such as 10, 90s or 1:30.')
  }
}

const playStream = async (url: string, flags: PlayFlags, io: CommandIo): Promise<void> => {
  const { output, duration: maxMs, maxBytes, start: from, wait, subscribe, buffer, keepTime } = flags
  const { split: splitMs, splitBytes } = flags
  const toStdout = output === '-' || (output === undefined && io.stdout.isTTY !== true)
  if (output === undefined && !toStdout) {
    throw new CommandFailure(
      ExitCode.usage,
      'Say where the stream goes: -o recording.flv for a file, or a pipe to a program, as in rtmp play URL | ffplay -.',
    )
  }
  if (toStdout && (splitMs ?? splitBytes) !== undefined)
    throw new CommandFailure(ExitCode.usage, 'Only files can be split: say where they go, -o recording.flv.')
  const path = output ?? '-'
  if (!toStdout) await checkOutput(path)
  const reporter = new Reporter(io, verbosityOf(flags))
  refuseRtmpFlags(url, { '--start': from, '--subscribe': subscribe, '--buffer': buffer })
  const player = watch(url, {
    ...(await connectionOptions(flags)),
    onLog: (entry) => {
      if (entry.level !== 'error') reporter.log(entry)
    },
    ...(from === undefined ? {} : { start: from }),
    ...(wait === true ? { whenUnpublished: 'wait' as const } : {}),
    ...(subscribe === true ? { subscribe: true } : {}),
    ...(buffer === undefined ? {} : { bufferLength: buffer }),
  })
  await startOf(player, io.signal)
  const options: SaveFlvOptions = {
    signal: io.signal,
    ...(maxMs === undefined ? {} : { maxMs }),
    ...(maxBytes === undefined ? {} : { maxBytes }),
    ...(splitMs === undefined ? {} : { splitMs }),
    ...(splitBytes === undefined ? {} : { splitBytes }),
    ...(keepTime === true ? { fromZero: false } : {}),
    onProgress: ({ bytes, ms }) =>
      reporter.progress(
        () =>
          `${formatTime(ms)}, ${formatBytes(bytes)}, ${formatBitrate(ms === 0 ? 0 : (bytes * 8000) / ms)}`,
        maxMs === undefined ? undefined : ms / maxMs,
      ),
  }
  try {
    const facts = await saveFlv(player, toStdout ? (io.stdout as NodeJS.WriteStream) : path, options).catch(
      (error: unknown) => {
        throw isSystemError(error) ? fileFailure(error, path, 'written') : error
      },
    )
    reporter.stop()
    await player.close()
    const { duration: durationMs, fileSize, audioTags, videoTags, keyframes, files } = facts
    if (audioTags + videoTags === 0) {
      throw new CommandFailure(
        ExitCode.refused,
        'Nothing came: nobody publishes this stream now, or its name is wrong; --wait waits for a publisher.',
      )
    }
    const report = {
      source: redactUrl(url),
      output: path,
      durationMs,
      bytes: fileSize,
      audioTags,
      videoTags,
      keyFrames: keyframes.times.length,
      files: files.map((file) => ({ path: file.path, durationMs: file.duration, bytes: file.fileSize })),
      reconnects: player.stats.reconnects,
    }
    if (!toStdout && wantsJson(flags, io.stdout)) await new Printer(io.stdout).json(report)
    else {
      const to = toStdout
        ? ''
        : ` to ${path}${files.length > 1 ? ` and ${count(files.length - 1, 'file')} behind it` : ''}`
      reporter.log({
        level: 'info',
        text: `Wrote ${formatTime(durationMs)} of media, ${formatBytes(fileSize)}${to}`,
      })
    }
  } finally {
    reporter.stop()
    await player.close()
  }
  io.signal.throwIfAborted()
}

/** Waits for the server's consent; an interruption until then ends the player. */
const startOf = async (player: ReturnType<typeof watch>, signal: AbortSignal): Promise<void> => {
  const stop = (): void => void player.close()
  signal.addEventListener('abort', stop, { once: true })
  try {
    await player.started
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

const isSystemError = (error: unknown): boolean =>
  error instanceof Error && 'syscall' in error && !('stage' in error)
