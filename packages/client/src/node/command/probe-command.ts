import { isDecodeError } from '@rtmp/bytes'
import { FlvReader, readFlv } from '@rtmp/flv'
import { type Command, Option } from 'commander'
import { withoutCode } from '../../command/problem.ts'
import { RtmpPlayer } from '../../core/player.ts'
import { redactUrl } from '../../redact-url.ts'
import { duration } from '../../command/arguments.ts'
import { byteSource } from './byte-source.ts'
import type { CommandIo } from './command-io.ts'
import { addConnectionFlags, type ConnectionFlags, connectionOptions } from './connection-flags.ts'
import { CommandFailure, ExitCode } from '../../command/exit-code.ts'
import { LiveTiming } from '../../command/live-timing.ts'
import { MediaFacts } from '../../command/media-facts.ts'
import {
  addOutputFlags,
  addVerbosityFlags,
  type OutputFlags,
  type VerbosityFlags,
  verbosityOf,
  wantsJson,
} from './output-form.ts'
import { paintFor } from './paint-for.ts'
import { Printer } from './printer.ts'
import type { ProbeReport } from '../../command/probe-report.ts'
import { probeText } from '../../command/probe-text.ts'
import { count, formatBytes } from '../../command/quantity.ts'
import { Reporter } from './reporter.ts'
import { isStreamUrl, watch } from './watch.ts'

interface ProbeFlags extends ConnectionFlags, OutputFlags, VerbosityFlags {
  readonly duration: number
}

const EXAMPLES = `
Examples:
  rtmp probe movie.flv                              codecs, tracks, size, bitrate, GOP
  rtmp probe rtmp://localhost/live/stream           a live stream, and how it comes
  rtmp probe rtmp://localhost/live/stream -d 30     look for half a minute
  rtmp probe movie.flv --json | jq .tracks[].codec

The latency from the publisher to here is told for streams of "rtmp publish --clock".`

/** Adds `rtmp probe`. */
export const addProbeCommand = (program: Command, io: CommandIo): void => {
  const command = program
    .command('probe')
    .summary('tell what is in a file or a live stream, and how it comes')
    .description(
      'Tells what is in an FLV file or in a live stream: codecs, tracks, resolution, bitrate, distance of key frames; of a live stream also how soon and how steadily it comes.',
    )
    .argument(
      '<source>',
      'an FLV file (- for standard input), rtmp://host/app/stream, or FLV at http(s)://… or ws(s)://…',
    )
    .addOption(
      new Option('-d, --duration <time>', 'how long to look at a live stream')
        .argParser(duration)
        .default(5000, '5s'),
    )
  addOutputFlags(command)
  addVerbosityFlags(command)
  addConnectionFlags(command)
  command.addHelpText('after', EXAMPLES).action(async (source: string, flags: ProbeFlags) => {
    const reporter = new Reporter(io, verbosityOf(flags))
    const report = isStreamUrl(source)
      ? await probeStream(source, flags, io, reporter)
      : await probeFile(source, io, reporter)
    reporter.stop()
    const printer = new Printer(io.stdout)
    if (wantsJson(flags, io.stdout)) await printer.json(report)
    else await printer.line(probeText(report, paintFor(io.stdout, io.env)))
  })
}

const probeFile = async (path: string, io: CommandIo, reporter: Reporter): Promise<ProbeReport> => {
  const source = await byteSource(path, io)
  const reader = new FlvReader()
  const facts = new MediaFacts()
  try {
    for await (const tag of readFlv(source.open(), reader)) {
      io.signal.throwIfAborted()
      if (tag.filtered) facts.problem('encrypted tags')
      else facts.add(tag)
      const part = source.size === undefined ? undefined : tag.offset / source.size
      reporter.progress(() => `reading, ${formatBytes(tag.offset)}`, part)
    }
  } catch (error) {
    // What was read before is worth a report.
    if (!isDecodeError(error) || facts.trackCount === 0) throw error
    facts.problem(`reading ended at byte ${error.offset}: ${withoutCode(error.message)} (${error.code})`)
  }
  for (const { kind, offset, length } of reader.damages) {
    facts.problem(`${kind} at byte ${offset}: ${count(length, 'byte')}`)
  }
  const { durationMs, bytes, bitsPerSecond, ...rest } = facts.report()
  return {
    source: source.name,
    format: 'flv',
    fileBytes: reader.position,
    durationMs,
    bytes,
    bitsPerSecond,
    ...rest,
  }
}

const probeStream = async (
  url: string,
  flags: ProbeFlags,
  io: CommandIo,
  reporter: Reporter,
): Promise<ProbeReport> => {
  const facts = new MediaFacts()
  const askedAt = performance.now()
  const timing = new LiveTiming(askedAt)
  const player = watch(url, {
    ...(await connectionOptions(flags)),
    signal: io.signal,
    onLog: (entry) => {
      if (entry.level === 'warn' || (flags.verbose === true && entry.level !== 'error')) reporter.log(entry)
    },
  })
  let rtt: number | undefined
  let timer: NodeJS.Timeout | undefined
  player.started.then(
    () => {
      timing.started(performance.now())
      timer = setTimeout(() => void player.close(), flags.duration)
    },
    () => {},
  )
  try {
    for await (const packet of player) {
      timing.add(packet, performance.now(), Date.now())
      facts.add(packet)
      if (player instanceof RtmpPlayer) rtt = player.stats.session?.rtt ?? rtt
      const watched = performance.now() - askedAt
      reporter.progress(
        () => `watching, ${count(facts.trackCount, 'track')}, ${formatBytes(player.stats.bytesReceived)}`,
        watched / flags.duration,
      )
    }
  } finally {
    clearTimeout(timer)
  }
  const report = facts.report()
  if (report.tracks.length === 0 && report.bytes === 0) {
    throw new CommandFailure(
      ExitCode.refused,
      `Nothing came in ${flags.duration / 1000} s: nobody publishes this stream now, or its name is wrong.`,
    )
  }
  return {
    source: redactUrl(url),
    format: player instanceof RtmpPlayer ? 'rtmp' : 'flv',
    ...report,
    live: timing.report(performance.now(), rtt),
  }
}
