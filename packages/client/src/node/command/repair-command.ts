import { resolve } from 'node:path'
import type { Command } from 'commander'
import { CommandFailure, ExitCode } from '../../command/exit-code.ts'
import { count, formatBytes, formatTime } from '../../command/quantity.ts'
import { type FlvRepair, repairFlv } from '../repair-flv.ts'
import { wrongFile, WRONG_FILE_HEAD } from '../../command/wrong-file.ts'
import { byteSource, checkOutput, fileFailure, peekBytes } from './byte-source.ts'
import type { CommandIo } from './command-io.ts'
import { addOutputFlags, type OutputFlags, wantsJson } from './output-form.ts'
import { Printer } from './printer.ts'

const EXAMPLES = `
Examples:
  rtmp repair broken.flv whole.flv
  rtmp repair broken.flv whole.flv --json

What is of no use is left out, times go forward, and the new file has its duration and an index to seek by.`

/** Adds `rtmp repair`. */
export const addRepairCommand = (program: Command, io: CommandIo): void => {
  const command = program
    .command('repair')
    .summary('make a whole FLV file of a damaged one')
    .description(
      'Writes an FLV file anew: without what is damaged, with times that go forward, duration and index.',
    )
    .argument('<in>', 'FLV file as it is, or - for standard input')
    .argument('<out>', 'FLV file to write')
  addOutputFlags(command)
  command
    .addHelpText('after', EXAMPLES)
    .action((from: string, to: string, flags: OutputFlags) => repair(from, to, flags, io))
}

const repair = async (from: string, to: string, flags: OutputFlags, io: CommandIo): Promise<void> => {
  if (from !== '-' && resolve(from) === resolve(to))
    throw new CommandFailure(
      ExitCode.usage,
      'The new file cannot take the place of the old one: name another.',
    )
  const source = await byteSource(from, io)
  await checkOutput(to)
  const { head, all } = await peekBytes(source.open(), WRONG_FILE_HEAD)
  const wrong = wrongFile(head, source.name)
  if (wrong !== undefined) throw new CommandFailure(ExitCode.file, wrong)
  const repaired = await repairFlv(all, to).catch((error: unknown) => {
    throw error instanceof Error && 'syscall' in error ? fileFailure(error, to, 'written') : error
  })
  if (repaired.audioTags + repaired.videoTags === 0)
    throw new CommandFailure(
      ExitCode.file,
      `${source.name} has no sound and no picture of FLV in it, and nothing was written; name a recording in FLV.`,
    )
  if (wantsJson(flags, io.stdout)) {
    await new Printer(io.stdout).json({ source: source.name, output: to, ...repaired })
    return
  }
  const mended = mendedIn(repaired)
  const { durationMs, bytes, keyFrames } = repaired
  io.stdout.write(
    `${to}: ${formatTime(durationMs)}, ${formatBytes(bytes)}, an index of ${count(keyFrames, 'key frame')}\n${mended
      .map((one) => `  ${one}\n`)
      .join('')}`,
  )
}

/** What was mended, a sentence each. */
const mendedIn = (repaired: FlvRepair): string[] => {
  const { damages, skippedBytes, truncated, headerless, resizedTags, pastedParts, timeJumps } = repaired
  const { tracksApartMs, brokenPictures, bareTracks, droppedTags } = repaired
  const places = damages.filter(({ kind }) => kind === 'skipped').length
  const said = [
    headerless ? 'it had no file header' : '',
    places > 0
      ? `${count(places, 'place')} had bytes of no use: ${formatBytes(skippedBytes)} were left out`
      : '',
    truncated ? 'it ended inside a tag, which was left out' : '',
    resizedTags > 0 ? `${count(resizedTags, 'tag')} had a wrong size` : '',
    pastedParts > 0 ? `${count(pastedParts, 'further recording')} stood behind the first: time goes on` : '',
    timeJumps > 0 ? `time jumped or ran backwards at ${count(timeJumps, 'place')}: it goes on` : '',
    tracksApartMs === 0
      ? ''
      : `sound and picture were ${formatTime(Math.abs(tracksApartMs))} apart: side by side now`,
    brokenPictures > 0 ? `${count(brokenPictures, 'picture')} had other bytes inside and were left out` : '',
    bareTracks > 0
      ? `${count(bareTracks, 'track')} began without a sequence header: players that need it show nothing of the track`
      : '',
    droppedTags > 0 ? `${count(droppedTags, 'tag')} said nothing and were left out` : '',
  ].filter((one) => one !== '')
  return said.length === 0 ? ['nothing had to be mended'] : said
}
