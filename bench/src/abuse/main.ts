// npm run abuse [-- --only NAME] [--seconds N] [--json FILE]
import { mkdir, writeFile } from 'node:fs/promises'
import { Command, InvalidArgumentError, Option } from 'commander'
import { runAbuse, type AbuseResult } from './abuse-run.ts'
import { type Abuse, abuses } from './abuses.ts'
import { memoryChart } from './chart.ts'
import { abusePage, describeAbuse } from './report.ts'

const docs = new URL('../../../docs/', import.meta.url)

const positive = (text: string): number => {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('a whole number from 1 is needed')
  return value
}

interface Options {
  readonly only?: string
  readonly seconds: number
  readonly json?: string
}

const program = new Command('abuse')
  .description('Behaves badly towards our server, and sees what becomes of it and of those beside. Linux.')
  .addOption(
    new Option('--only <name>', 'only this one; writes no page').choices(abuses.map(({ name }) => name)),
  )
  .option('--seconds <n>', 'how long each', positive, 120)
  .option('--json <file>', 'write the results to this file as JSON')
  .action(async ({ only, seconds, json }: Options) => {
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
      await mkdir(new URL('abuse/', docs), { recursive: true })
      for (const [{ name, title }, result] of results) {
        await writeFile(new URL(`abuse/${name}.svg`, docs), await memoryChart(title, result))
      }
      await writeFile(new URL('abuse.md', docs), abusePage(results))
    }
    process.exitCode = all.some(({ faults }) => faults.length > 0) ? 1 : 0
  })

await program.parseAsync()
