import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { figure } from '../report.ts'
import type { Figures } from './figures.ts'
import { planWith } from './plan.ts'
import type { ServerKind } from './server-process.ts'

const SHOWN = 30

/** What Node's profiler writes, as far as it is read here. */
interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number }
  }[]
  readonly samples: readonly number[]
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[]
}

/**
 * The same server with the profiler on; the profile is written when it is told to end. With the profiler on Node takes itself to
 * be busy when it waits, so windows are not widened.
 */
const profiled = (kind: ServerKind, folder: string): ServerKind => ({
  ...kind,
  stopSignal: 'SIGTERM',
  command: (port, scratch, httpPort) => {
    const [program, ...args] = kind.command(port, scratch, httpPort)
    return [program, '--cpu-prof', `--cpu-prof-dir=${folder}`, ...args, '--streams-widen-to-ms', '0']
  },
})

/** Time by function, without what it calls; the time nothing ran is left out. */
const selfTimes = ({ nodes, samples, timeDeltas }: CpuProfile): Map<string, number> => {
  const names = new Map(
    nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => {
      const place = url === '' ? '' : ` ${url.split('/').slice(-3).join('/')}:${lineNumber + 1}`
      return [id, `${functionName || '(anonymous)'}${place}`]
    }),
  )
  const times = new Map<string, number>()
  samples.forEach((id, i) => {
    const name = names.get(id) ?? '?'
    if (name !== '(idle)') times.set(name, (times.get(name) ?? 0) + (timeDeltas[i] ?? 0))
  })
  return times
}

const profileText = (scenario: string, figures: Figures, profile: CpuProfile): string => {
  const times = selfTimes(profile)
  const total = [...times.values()].reduce((sum, time) => sum + time, 0)
  const lines = [...times]
    .sort(([, a], [, b]) => b - a)
    .slice(0, SHOWN)
    .map(([name, time]) => `${((100 * time) / total).toFixed(1).padStart(5)} %  ${name}`)
  return [
    scenario,
    '',
    ...Object.entries(figures).map(
      ([metric, { value, unit }]) => `${metric}: ${figure(value)} ${unit} (with the profiler on)`,
    ),
    `busy for ${(total / 1e6).toFixed(2)} s, by function and without what it calls:`,
    '',
    ...lines,
    '',
  ].join('\n')
}

/** Runs our server through the chosen scenarios with the profiler on; leaves a text for each in a folder. */
export const runProfiles = async (filter: string | undefined, folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true })
  for (const scenario of planWith()) {
    const { name, ours } = scenario
    if (filter !== undefined && !name.includes(filter)) continue
    const scratch = await mkdtemp(join(tmpdir(), 'rtmp-profile-'))
    try {
      const figures = await scenario.measure(profiled(ours, scratch))
      const [file] = (await readdir(scratch)).filter((each) => each.endsWith('.cpuprofile'))
      if (file === undefined) throw new Error(`${name}: the server left no profile`)
      const profile = JSON.parse(await readFile(join(scratch, file), 'utf8')) as CpuProfile
      const path = join(folder, `${name.replaceAll(/[^a-z0-9]+/g, '-')}.txt`)
      await writeFile(path, profileText(name, figures, profile))
      console.log(path)
    } finally {
      await rm(scratch, { recursive: true, force: true })
    }
  }
}
