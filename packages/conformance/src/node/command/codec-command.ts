import type { Command } from 'commander'
import { CODEC_CASES } from '../../codec/codec-cases.ts'
import { ownCodec } from '../../codec/own-codec.ts'
import { runCodecCases } from '../../codec/run-codec-cases.ts'
import { buildReport } from '../../report/build-report.ts'
import { childCodec } from '../child-codec.ts'
import { type CommandIo, ExitCode } from './command-io.ts'
import { addOutputFlags, chosen, deliver, liveCount, type OutputFlags, printCases } from './output.ts'

/** `rtmp-conformance codec`. */
export const addCodecCommand = (program: Command, io: CommandIo, end: (code: number) => void): void => {
  addOutputFlags(
    program
      .command('codec')
      .argument('[command...]', 'program that answers a request a line; none for our own'),
  )
    .description('Puts a codec (AMF0, AMF3, FLV, E-RTMP, aggregates, chunks) through the cases.')
    .action(async (command: readonly string[], flags: OutputFlags) => end(await run(command, flags, io)))
}

const run = async (command: readonly string[], flags: OutputFlags, io: CommandIo): Promise<number> => {
  const cases = chosen(CODEC_CASES, flags.filter)
  if (flags.list === true) {
    printCases(cases, io)
    return ExitCode.done
  }
  const [program, ...args] = command
  const codec = program === undefined ? ownCodec() : childCodec([program, ...args])
  const began = new Date()
  const results = await runCodecCases(codec, cases, {
    caseMs: 120_000,
    signal: io.signal,
    onResult: liveCount(io),
  })
  codec.close()
  return deliver(buildReport(codec.name, began, results), flags, io)
}
