import { type Command, Option } from 'commander'
import { play } from '../client.ts'
import { hostPort, parseRtmpUrl } from '../../rtmp-url.ts'
import { integer, type ListenAddress, listenAddress } from '../../command/arguments.ts'
import { aborted } from '../../command/aborted.ts'
import { byteSource } from './byte-source.ts'
import type { CommandIo } from './command-io.ts'
import { addConnectionFlags, type ConnectionFlags, connectionOptions } from './connection-flags.ts'
import { describeMessage } from '../../command/describe-message.ts'
import { CommandFailure, ExitCode } from '../../command/exit-code.ts'
import { inspectFile } from './inspect-file.ts'
import { InspectProxy } from './inspect-proxy.ts'
import { type InspectRecord, RECORD_KINDS, type RecordKind } from '../../command/inspect-record.ts'
import { addOutputFlags, type OutputFlags, wantsJson } from './output-form.ts'
import { paintFor } from './paint-for.ts'
import { Printer } from './printer.ts'
import { recordLine, titleLine } from '../../command/record-line.ts'
import { isFlvUrl } from '../../core/flv-url.ts'
import { redactUrl } from '../../redact-url.ts'
import { openFlv } from '../open-flv.ts'
import { isStreamUrl } from './watch.ts'

interface InspectFlags extends ConnectionFlags, OutputFlags {
  readonly listen?: ListenAddress
  readonly connections?: number
  readonly save?: string
  readonly from?: 'client' | 'server'
  readonly chunks?: boolean
  readonly only?: readonly RecordKind[]
  readonly limit?: number
  readonly hex?: number
}

const EXAMPLES = `
Examples:
  rtmp inspect movie.flv                          every tag of a file
  rtmp inspect movie.flv --only data --json       its metadata, for programs
  rtmp inspect session.c2s.bin session.s2c.bin    both directions of a recorded connection
  rtmp inspect rtmp://localhost/live/stream       play a stream and show what is said
  rtmp inspect http://localhost:8000/live/stream.flv   the same over HTTP
  rtmp inspect --listen 1936 rtmp://localhost     stand between a client and a server: then
                                                  publish to rtmp://localhost:1936/live/stream

A line of JSON has "kind", "timestamp" (milliseconds), "bytes" (payload) and what was decoded.
Stream keys are shown as they are: look before you share.`

/** Adds `rtmp inspect`. */
export const addInspectCommand = (program: Command, io: CommandIo): void => {
  const command = program
    .command('inspect')
    .summary('show every message of a file, stream or connection')
    .description(
      'Shows every message, decoded: of an FLV file, of a file with the bytes that one end of a connection sent, of a stream that it plays, or (with --listen) of clients and a server between which it stands.',
    )
    .argument(
      '<source...>',
      'files (- for standard input), or the URL of a stream; with --listen, of a server',
    )
    .option(
      '--listen <[host:]port>',
      'take clients at this port and pass them on to the server',
      listenAddress,
    )
    .option(
      '--connections <number>',
      'with --listen: end after so many connections',
      integer(1, 1e9, 'a number'),
    )
    .option('--save <prefix>', 'with --listen: also keep the bytes, in PREFIX-1.c2s.bin, PREFIX-1.s2c.bin, …')
    .addOption(
      new Option('--from <end>', 'who sent the bytes of a recorded connection (default: found out)').choices([
        'client',
        'server',
      ]),
    )
    .option('--chunks', 'a recorded connection begins behind the handshake (default: found out)')
    .option('--only <kinds>', `show these only, separated by commas: ${RECORD_KINDS.join(', ')}`, kinds)
    .option('--limit <number>', 'end after so many lines', integer(1, 1e9, 'a number of lines'))
    .option(
      '--hex <bytes>',
      'also show the first bytes of each payload',
      integer(1, 0xffffff, 'a number of bytes'),
    )
  addOutputFlags(command)
  addConnectionFlags(command)
  command
    .addHelpText('after', EXAMPLES)
    .action((sources: string[], flags: InspectFlags) => inspect(sources, flags, io))
}

const kinds = (text: string): readonly RecordKind[] => {
  const names = text.split(',').map((name) => name.trim())
  const wrong = names.find((name) => !(RECORD_KINDS as readonly string[]).includes(name))
  if (wrong !== undefined) {
    throw new CommandFailure(
      ExitCode.usage,
      `There is no kind ${wrong}; --only takes ${RECORD_KINDS.join(', ')}.`,
    )
  }
  return names as RecordKind[]
}

const inspect = async (sources: readonly string[], flags: InspectFlags, io: CommandIo): Promise<void> => {
  const [first = ''] = sources
  const show = new RecordPrinter(flags, io)
  const live = flags.listen !== undefined || sources.some(isStreamUrl)
  if (live && sources.length > 1) {
    throw new CommandFailure(ExitCode.usage, 'Inspect one URL at a time; only files can be several.')
  }
  if (flags.listen !== undefined) await inspectBetween(first, flags.listen, flags, io, show)
  else if (isFlvUrl(first)) await inspectFlvStream(first, flags, io, show)
  else if (live) await inspectStream(first, flags, io, show)
  else await inspectFiles(sources, flags, io, show)
}

/** Prints records, up to the limit. */
class RecordPrinter {
  readonly #printer: Printer
  readonly #only: ReadonlySet<RecordKind> | undefined
  readonly #text: ((record: InspectRecord) => string) | undefined
  readonly #title: (record: InspectRecord) => string
  #titled = false
  #left: number

  constructor(flags: InspectFlags, { stdout, env }: CommandIo) {
    this.#printer = new Printer(stdout)
    this.#only = flags.only === undefined ? undefined : new Set(flags.only)
    this.#left = flags.limit ?? Number.POSITIVE_INFINITY
    const paint = paintFor(stdout, env)
    const columns = stdout.isTTY === true ? stdout.columns : undefined
    const options = { paint, ...(columns === undefined ? {} : { columns }) }
    this.#title = (record) => titleLine(record, options)
    this.#text = wantsJson(flags, stdout) ? undefined : (record) => recordLine(record, options)
  }

  /** Prints a record if it is one of those asked for. Resolves with whether there is room for more. */
  async print(record: InspectRecord): Promise<boolean> {
    if (this.#left <= 0) return false
    if (this.#only !== undefined && !this.#only.has(record.kind)) return true
    this.#left -= 1
    if (this.#text === undefined) await this.#printer.json(record)
    else {
      const needsTitle = !this.#titled && record.kind !== 'connection'
      this.#titled ||= needsTitle
      // In one piece: the next record can come before this one has been written.
      const line = this.#text(record)
      await this.#printer.line(needsTitle ? `${this.#title(record)}\n${line}` : line)
    }
    return this.#left > 0
  }
}

const inspectFiles = async (
  sources: readonly string[],
  flags: InspectFlags,
  io: CommandIo,
  show: RecordPrinter,
): Promise<void> => {
  const { from, chunks, hex } = flags
  for (const path of sources) {
    const source = await byteSource(path, io)
    const records = inspectFile(source, {
      ...(from === undefined ? {} : { from }),
      ...(chunks === true ? { handshake: false } : {}),
      ...(hex === undefined ? {} : { hexBytes: hex }),
    })
    for await (const record of records) {
      io.signal.throwIfAborted()
      if (!(await show.print(record))) return
    }
  }
}

/** Every tag of a stream over HTTP or a WebSocket, as of a file. */
const inspectFlvStream = async (
  url: string,
  flags: InspectFlags,
  io: CommandIo,
  show: RecordPrinter,
): Promise<void> => {
  const bytes = await openFlv(url, await connectionOptions(flags))(io.signal)
  const source = { name: redactUrl(url), size: undefined, open: () => bytes }
  const records = inspectFile(source, flags.hex === undefined ? {} : { hexBytes: flags.hex })
  for await (const record of records) if (!(await show.print(record))) return
}

const inspectStream = async (
  url: string,
  flags: InspectFlags,
  io: CommandIo,
  show: RecordPrinter,
): Promise<void> => {
  const options = await connectionOptions(flags)
  const startedAt = performance.now()
  const describe = flags.hex === undefined ? {} : { hexBytes: flags.hex }
  const player = play(url, {
    ...options,
    signal: io.signal,
    trace(entry) {
      if (entry.kind !== 'received' && entry.kind !== 'sent') return
      const place = {
        from: entry.kind === 'sent' ? ('client' as const) : ('server' as const),
        at: Math.round(performance.now() - startedAt),
      }
      void show.print(describeMessage(entry.message, place, describe)).then((more) => {
        if (!more) void player.close()
      })
    },
  })
  for await (const _ of player) io.signal.throwIfAborted()
}

const inspectBetween = async (
  url: string,
  listen: ListenAddress,
  flags: InspectFlags,
  io: CommandIo,
  show: RecordPrinter,
): Promise<void> => {
  const { host, port, scheme } = parseRtmpUrl(url)
  const full = new AbortController()
  const proxy = new InspectProxy({
    target: { host, port, secure: scheme === 'rtmps', rejectUnauthorized: flags.insecure !== true },
    now: () => performance.now(),
    ...(flags.hex === undefined ? {} : { hexBytes: flags.hex }),
    ...(flags.save === undefined ? {} : { save: flags.save }),
    record: (record) => {
      void show.print(record).then((more) => {
        if (!more) full.abort()
      })
    },
  })
  const address = await proxy.listen(listen.port, listen.host).catch((error: unknown) => {
    throw listenFailure(error, listen)
  })
  io.stderr.write(
    `Listening. Point the client at rtmp://${hostPort(address.address, address.port)}/… instead of ${scheme}://${hostPort(host, port)}/…; Ctrl-C ends.\n`,
  )
  const ends = [aborted(full.signal), aborted(io.signal)]
  if (flags.connections !== undefined) ends.push(proxy.served(flags.connections))
  try {
    await Promise.race(ends)
    io.signal.throwIfAborted()
  } finally {
    await proxy.close()
  }
}

const listenFailure = (error: unknown, { host, port }: ListenAddress): CommandFailure => {
  const code = (error as { code?: unknown } | undefined)?.code
  const why = (): string => {
    if (code === 'EADDRINUSE')
      return `Another program listens on port ${port} already; choose another port with --listen.`
    if (code === 'EACCES')
      return `This user may not listen on port ${port}; choose one above 1023 with --listen.`
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      return `This machine has no address ${host}; choose another with --listen.`
    return `Cannot listen on ${host}:${port}: ${error instanceof Error ? error.message : String(error)}.`
  }
  return new CommandFailure(ExitCode.failed, why(), { cause: error })
}
