// npm run simulate -- [--seed S] [--seeds N] [--hours H] [--json FILE] [--trace FILE]
import { createWriteStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { Command, InvalidArgumentError } from 'commander'
import { simulateCluster } from './cluster/simulate-cluster.ts'
import { type SeedReport, simulate } from './simulate.ts'

const number = (text: string): number => {
  const value = Number(text)
  if (!Number.isFinite(value) || value < 0) throw new InvalidArgumentError('a number is needed')
  return value
}

interface Options {
  readonly seed: number
  readonly seeds: number
  readonly hours: number
  readonly cluster?: boolean
  readonly faults: number
  readonly json?: string
  readonly trace?: string
}

const print = ({ seed, hours, hash, figures, cpuSeconds, violation }: SeedReport): void => {
  const { publishers, players, peakConnections, frames } = figures
  const result = violation === undefined ? 'all held' : `VIOLATED ${violation}`
  console.log(
    `seed ${seed}: ${hours} h, ${publishers} publishers, ${players} players, at most ${peakConnections} at once, ` +
      `${frames} frames, ${cpuSeconds.toFixed(1)} s, trace ${hash}, ${result}`,
  )
  if (violation !== undefined) console.log(`again: npm run simulate -- --seed ${seed} --hours ${hours}`)
}

const simulateClusters = async (
  seed: number,
  seeds: number,
  faults: number,
  json: string | undefined,
): Promise<void> => {
  const results: Awaited<ReturnType<typeof simulateCluster>>[] = []
  for (let i = 0; i < seeds; i++) {
    const report = await simulateCluster(seed + i, faults)
    results.push(report)
    const { frames, cpuSeconds, violation } = report
    const result = violation === undefined ? 'all held' : `VIOLATED ${violation}`
    console.log(
      `seed ${report.seed}: ${report.faults.length} faults, ${frames} frames, ${cpuSeconds.toFixed(1)} s, ${result}`,
    )
    if (violation !== undefined)
      console.log(`again: npm run simulate -- --cluster --seed ${report.seed} --faults ${faults}`)
  }
  const failed = results.filter(({ violation }) => violation !== undefined).length
  console.log(`${seeds} seeds, ${seeds * faults} faults, ${failed} failed`)
  if (json !== undefined)
    await writeFile(json, `${JSON.stringify({ seed, seeds, faults, failed, results }, null, 2)}\n`)
  process.exitCode = failed === 0 ? 0 : 1
}

new Command('simulate')
  .description('Runs a whole server with hundreds of clients in virtual time and checks it at every step.')
  .option('--seed <n>', 'the first seed; the same seed gives the same run', number, Date.now() % 1_000_000)
  .option('--seeds <n>', 'how many seeds, counting up', number, 1)
  .option('--hours <n>', 'virtual hours for each seed', number, 1)
  .option('--cluster', 'five nodes of a cluster with faults, instead of one server for hours')
  .option('--faults <n>', 'faults for each seed of a cluster', number, 10)
  .option('--json <file>', 'write the report to this file as JSON')
  .option('--trace <file>', 'write every event to this file as a line')
  .action(async ({ seed, seeds, hours, cluster, faults, json, trace }: Options) => {
    if (cluster === true) {
      await simulateClusters(seed, seeds, faults, json)
      return
    }
    const file = trace === undefined ? undefined : createWriteStream(trace)
    const reports: SeedReport[] = []
    for (let i = 0; i < seeds; i++) {
      const report = simulate(seed + i, hours, file && ((line) => file.write(`${line}\n`)))
      reports.push(report)
      print(report)
    }
    file?.end()
    const failed = reports.filter(({ violation }) => violation !== undefined).length
    const sum = (figure: string): number =>
      reports.reduce((total, { figures }) => total + (figures[figure] ?? 0), 0)
    const cpuSeconds = reports.reduce((sum, report) => sum + report.cpuSeconds, 0)
    console.log(
      `${seeds} seeds, ${seeds * hours} hours, ${sum('publishers')} publishers, ${sum('players')} players, ` +
        `${sum('frames')} frames, ${sum('steps')} steps, ${cpuSeconds.toFixed(1)} s of CPU, ${failed} failed`,
    )
    const report = { seed, seeds, hours, cpuSeconds, failed, results: reports }
    if (json !== undefined) await writeFile(json, `${JSON.stringify(report, null, 2)}\n`)
    process.exitCode = failed === 0 ? 0 : 1
  })
  .parse()
