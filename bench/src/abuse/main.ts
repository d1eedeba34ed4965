// npm run abuse [-- --only NAME] [--seconds N] [--json FILE] | -- --strangers [--row N] [--seconds N]
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { Command, InvalidArgumentError, Option } from 'commander'
import { runAbuse, type AbuseResult } from './abuse-run.ts'
import { type Abuse, abuses } from './abuses.ts'
import { accountChart, memoryChart } from './chart.ts'
import { abusePage, describeAbuse, withStrangers } from './report.ts'
import { greedyStrangers } from './strangers/strangers.ts'
import { knockingStrangers } from './strangers/knocking-strangers.ts'
import { runStranger, type StrangerResult } from './strangers/stranger-run.ts'
import { strangersSection, strangersTable } from './strangers/strangers-report.ts'

const docs = new URL('../../../docs/', import.meta.url)

const positive = (text: string): number => {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('a whole number from 1 is needed')
  return value
}

interface Options {
  readonly only?: string
  readonly seconds?: number
  readonly json?: string
  readonly strangers?: boolean
  readonly row?: number
}

const ABUSE_SECONDS = 120
const STRANGER_SECONDS = 10

const page = new URL('abuse.md', docs)
const plots = new URL('abuse/', docs)

/** All of them, or the one of a row. */
const strangers = async (seconds: number, row: number | undefined): Promise<StrangerResult[]> => {
  const results: StrangerResult[] = []
  for (const stranger of [...greedyStrangers, ...knockingStrangers]) {
    if (row === undefined || stranger.row === row) results.push(await runStranger(stranger, seconds, true))
  }
  console.log(strangersTable(results))
  if (row !== undefined) return results
  await mkdir(plots, { recursive: true })
  for (const { stranger, accounts, seconds: lasted } of results)
    await writeFile(
      new URL(`stranger-${stranger.row}.svg`, plots),
      await accountChart(stranger.title, accounts, lasted),
    )
  await writeFile(page, withStrangers(await readFile(page, 'utf8'), strangersSection(results)))
  return results
}

const program = new Command('abuse')
  .description('Behaves badly towards our server, and sees what becomes of it and of those beside. Linux.')
  .addOption(
    new Option('--only <name>', 'only this one; writes no page').choices(abuses.map(({ name }) => name)),
  )
  .option(
    '--seconds <n>',
    `how long each (default: ${ABUSE_SECONDS}, of strangers ${STRANGER_SECONDS})`,
    positive,
  )
  .option('--strangers', 'what strangers want: memory, work, doors; prints a table')
  .option('--row <n>', 'only the stranger of this row; writes no page', positive)
  .option('--json <file>', 'write the results to this file as JSON')
  .action(async (options: Options) => {
    if (options.strangers === true) {
      const found = await strangers(options.seconds ?? STRANGER_SECONDS, options.row)
      process.exitCode = found.some(({ faults }) => faults.length > 0) ? 1 : 0
      return
    }
    const { only, seconds = ABUSE_SECONDS, json } = options
    const results: (readonly [Abuse, AbuseResult])[] = []
    for (const abuse of abuses) {
      if (only !== undefined && abuse.name !== only) continue
      const result = await runAbuse(abuse, seconds)
      console.log(describeAbuse(abuse, result))
      results.push([abuse, result])
    }
    const all = results.map(([, result]) => result)
    if (json !== undefined) await writeFile(json, `${JSON.stringify({ date: new Date(), results: all })}\n`)
    if (only === undefined) {
      await mkdir(plots, { recursive: true })
      for (const [{ name, title }, result] of results) {
        await writeFile(new URL(`${name}.svg`, plots), await memoryChart(title, result))
      }
      const before = await readFile(page, 'utf8').catch(() => '')
      await writeFile(page, withStrangers(abusePage(results), before))
    }
    process.exitCode = all.some(({ faults }) => faults.length > 0) ? 1 : 0
  })

await program.parseAsync()
