import { type Command, Option } from 'commander'
import type { Output } from './command-io.ts'

/** Options that choose between a text for people and JSON. */
export interface OutputFlags {
  readonly json?: boolean
  readonly text?: boolean
}

/** Adds them. */
export const addOutputFlags = (command: Command): Command =>
  command
    .addOption(
      new Option('--json', 'answer in JSON (default when standard output is not a terminal)').conflicts(
        'text',
      ),
    )
    .option('--text', 'answer in a text for people (default on a terminal)')

/** Whether to answer in JSON: as asked, else by where standard output goes. */
export const wantsJson = ({ json, text }: OutputFlags, output: Output): boolean =>
  json === true || (text !== true && output.isTTY !== true)

/** Options of how much is said. */
export interface VerbosityFlags {
  readonly quiet?: boolean
  readonly verbose?: boolean
}

/** Adds them. */
export const addVerbosityFlags = (command: Command): Command =>
  command
    .addOption(new Option('-q, --quiet', 'say nothing but errors').conflicts('verbose'))
    .option('-v, --verbose', 'also say what happens on the connection')

/** How much to say. */
export const verbosityOf = ({ quiet, verbose }: VerbosityFlags): 'quiet' | 'normal' | 'verbose' =>
  quiet === true ? 'quiet' : verbose === true ? 'verbose' : 'normal'
