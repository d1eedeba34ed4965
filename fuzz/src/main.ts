// npm run fuzz -- <target> [--runs N] [--seed S] [--json FILE]
import { writeFile } from 'node:fs/promises'
import { Argument, Command, InvalidArgumentError } from 'commander'
import { fuzz } from './fuzzer.ts'
import { targets } from './targets/index.ts'

const whole = (text: string): number => {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('a whole number is needed')
  return value
}

interface Options {
  readonly runs: number
  readonly seed: number
  readonly json?: string
}

const program = new Command('fuzz')
  .description('Gives a parser random and damaged inputs. Ends with status 1 when one of them made it crash.')
  .addArgument(new Argument('<target>', 'the parser').choices(Object.keys(targets)))
  .option('--runs <n>', 'how many inputs', whole, 100_000)
  .option('--seed <n>', 'the same seed gives the same run', whole, Date.now() % 1_000_000)
  .option('--json <file>', 'write the report to this file as JSON')
  .action(async (name: keyof typeof targets, { runs, seed, json }: Options) => {
    const report = await fuzz(await targets[name](), runs, seed)
    if (json !== undefined) await writeFile(json, `${JSON.stringify(report, null, 2)}\n`)
    const { seconds, crashes, slowest, peakBytes, runs: done } = report
    console.log(
      `${name}: ${done} inputs with seed ${seed} in ${seconds.toFixed(1)} s, ${crashes.length} crashes, ` +
        `slowest ${slowest.ms.toFixed(1)} ms, peak ${(peakBytes / 1e6).toFixed(0)} MB`,
    )
    for (const crash of crashes) console.log(`\n${crash.hex}\n${crash.error}`)
    process.exitCode = crashes.length === 0 ? 0 : 1
  })

await program.parseAsync()
