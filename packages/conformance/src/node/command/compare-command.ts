import { readFileSync, writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import type { Report } from '../../case/result.ts'
import { htmlPage } from '../../report/html.ts'
import { type CommandIo, ExitCode, UsageProblem } from './command-io.ts'

const read = (file: string): Report => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Report
  } catch (error) {
    throw new UsageProblem(
      `${file} cannot be read as a report that --json wrote: ${(error as Error).message}`,
    )
  }
}

/** `rtmp-conformance compare`. */
export const addCompareCommand = (program: Command, io: CommandIo, end: (code: number) => void): void => {
  program
    .command('compare')
    .argument('<report...>', 'reports that were written with --json')
    .requiredOption('--html <file>', 'the page to write')
    .description('Puts several reports side by side on one HTML page.')
    .action((files: readonly string[], { html }: { html: string }) => {
      writeFileSync(html, htmlPage(files.map(read)))
      io.stdout.write(`${html}: ${files.length} reports\n`)
      end(ExitCode.done)
    })
}
