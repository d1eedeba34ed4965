// npm run bench -- codec|server [--filter TEXT] [--rounds N] [--baseline DIR] [--no-peers] [--json FILE]
// npm run bench -- latency [--filter TEXT] [--seconds N] [--joins N] [--json FILE]
// npm run bench -- report FILE… [--chart FILE]
import { readFile, writeFile } from 'node:fs/promises'
import { Command, InvalidArgumentError } from 'commander'
import { checkedBaseline } from './baseline.ts'
import { asJson, asTable, describeResult, resultsIn } from './report.ts'
import { runScenario } from './runner.ts'
import type { ScenarioResult } from './scenario.ts'

interface Options {
  readonly filter?: string
  readonly rounds: number
  readonly baseline?: string
  readonly peers: boolean
  readonly json?: string
  readonly chart?: string
  readonly profile?: string
}

const positive = (text: string): number => {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('a whole number from 1 is needed')
  return value
}

const program = new Command('bench').description('Compares our packages with others, all in one run.')

const measuring = (name: string, description: string, rounds: number): Command =>
  program
    .command(name)
    .description(description)
    .option('--filter <text>', 'only scenarios whose name contains this text')
    .option('--rounds <n>', 'how many interleaved rounds to take the median of', positive, rounds)
    .option('--baseline <dir>', 'another built checkout takes part in the same rounds', checkedBaseline)
    .option('--no-peers', 'only ours and the baseline')
    .option('--json <file>', 'write the results to this file as JSON')

const finish = async (
  results: readonly ScenarioResult[],
  { json, chart }: Partial<Options>,
): Promise<void> => {
  if (results.length === 0) console.error('No scenario matches the filter.')
  else console.log(`\n${asTable(results)}`)
  if (json !== undefined) await writeFile(json, asJson(results))
  if (chart !== undefined) {
    const { fanOutChart } = await import('./server/chart.ts')
    await writeFile(chart, await fanOutChart(results))
  }
}

measuring('codec', 'reading and writing of every format, each package in a process of its own', 5).action(
  async (options: Options) => {
    const { codecScenarios } = await import('./codec/index.ts')
    const { apart, bundleProcess } = await import('./codec/apart.ts')
    await bundleProcess()
    if (options.baseline !== undefined) await bundleProcess(options.baseline)
    const results: ScenarioResult[] = []
    for (const chosen of codecScenarios) {
      if (options.filter !== undefined && !chosen.name.includes(options.filter)) continue
      const { scenario, close } = apart(options.peers ? chosen : { ...chosen, peers: {} }, options.baseline)
      try {
        const result = await runScenario(scenario, options.rounds)
        console.log(describeResult(result))
        results.push(result)
      } finally {
        close()
      }
    }
    await finish(results, options)
  },
)

measuring('server', 'our server beside every other one installed here (Linux)', 3)
  .option('--chart <file>', 'draw the cost of fan-out into this file as SVG')
  .option('--profile <folder>', 'only our server, with the profiler on: leaves a text for each scenario')
  .action(async (options: Options) => {
    if (options.profile !== undefined) {
      const { runProfiles } = await import('./server/profile.ts')
      await runProfiles(options.filter, options.profile)
      return
    }
    const { runServerBench } = await import('./server/run.ts')
    const results = await runServerBench(options, (result) => console.log(describeResult(result)))
    await finish(results, options)
  })

program
  .command('latency')
  .description(
    'from the encoder to the screen of a browser by WS-FLV and HLS, read from the pixels (needs FFmpeg and Chromium)',
  )
  .option('--filter <text>', 'only ways whose name contains this text')
  .option('--seconds <n>', 'how long pictures are looked at', positive, 20)
  .option('--joins <n>', 'how many players join late', positive, 15)
  .option('--json <file>', 'write the results to this file as JSON')
  .action(
    async (
      options: Pick<Options, 'filter' | 'json'> & { readonly seconds: number; readonly joins: number },
    ) => {
      const { runLatency } = await import('./latency/run.ts')
      await finish(await runLatency(options), options)
    },
  )

program
  .command('report <files...>')
  .description('what several runs wrote with --json, as one table')
  .option('--chart <file>', 'draw the cost of fan-out into this file as SVG')
  .action(async (files: readonly string[], options: Pick<Options, 'chart'>) => {
    const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')))
    await finish(texts.flatMap(resultsIn), options)
  })

await program.parseAsync()
