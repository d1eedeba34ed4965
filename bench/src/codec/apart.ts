import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Contender, Scenario } from '../scenario.ts'

// Everybody is measured in a process of their own, so that nobody's machine code is made for what others did, and
// nobody's garbage is collected in another's time. All of them run as they are installed, from JavaScript that Node
// loads itself: what a loader makes of TypeScript is up to a third slower, which would count against us alone.

/** What a process answers to being asked for a round. */
export type Measured = { readonly value: number } | { readonly failure: string }

const folder = fileURLToPath(new URL('.', import.meta.url))
/** As deep as the sources, so that paths between them and other files hold. */
const program = join(folder, '../../dist/codec/contender-process.mjs')

/** Makes one file of the scenarios, without the packages that are measured. */
export const bundleProcess = async (): Promise<void> => {
  await build({
    entryPoints: [join(folder, 'contender-process.ts')],
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    plugins: [
      {
        name: 'packages as installed',
        setup(builder) {
          builder.onResolve({ filter: /^[^.]/ }, ({ path, kind }) =>
            kind === 'entry-point' || path.startsWith('@rtmp/testkit') ? null : { path, external: true },
          )
        },
      },
    ],
    logLevel: 'warning',
  })
}

const ask = (child: ChildProcess): Promise<Measured> =>
  new Promise((resolve) => {
    const settle = (measured: Measured): void => {
      child.off('message', onMessage).off('exit', onExit)
      resolve(measured)
    }
    const onMessage = (measured: unknown): void => settle(measured as Measured)
    const onExit = (code: number | null): void => settle({ failure: `its process ended (${code})` })
    child.on('message', onMessage).on('exit', onExit)
    child.send('round')
  })

/** The same scenario with a process for each side; `close` ends them. */
export const apart = (scenario: Scenario): { readonly scenario: Scenario; readonly close: () => void } => {
  const children: ChildProcess[] = []
  const contender = (...peer: string[]): Contender => {
    let child: ChildProcess | undefined
    return {
      measure: async () => {
        if (child === undefined) {
          child = fork(program, [scenario.name, ...peer], { execArgv: ['--expose-gc'] })
          children.push(child)
        }
        const measured = await ask(child)
        if ('failure' in measured) throw new Error(measured.failure)
        return measured.value
      },
    }
  }
  return {
    scenario: {
      ...scenario,
      ours: contender(),
      peers: Object.fromEntries(Object.keys(scenario.peers).map((name) => [name, contender(name)])),
    },
    close: () => {
      for (const child of children) child.kill()
    },
  }
}
