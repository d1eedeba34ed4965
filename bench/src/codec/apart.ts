import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { BASELINE, builtModule } from '../baseline.ts'
import type { Contender, Scenario } from '../scenario.ts'

// Everybody is measured in a process of their own, so that nobody's machine code is made for what others did, and
// nobody's garbage is collected in another's time. All of them run as they are installed, from JavaScript that Node
// loads itself: what a loader makes of TypeScript is up to a third slower, which would count against us alone.

/** What a process answers to being asked for a round. */
export type Measured = { readonly value: number } | { readonly failure: string }

const folder = fileURLToPath(new URL('.', import.meta.url))
const here = join(folder, '../../..')

/** As deep as the sources, so that paths between them and other files hold. */
const programFor = (checkout: string): string =>
  join(folder, `../../dist/codec/contender-process${checkout === here ? '' : `.${BASELINE}`}.mjs`)

/**
 * Stands between the scenarios and a package as built in a checkout: what the scenarios import and that checkout does not
 * have is undefined, so that only who uses it fails.
 */
const standIn = async (checkout: string, specifier: string): Promise<string> => {
  const names = Object.keys((await import(await builtModule(here, specifier))) as object)
  const exported = names.map((name) => `export const ${name} = all[${JSON.stringify(name)}]`)
  return [`import * as all from ${JSON.stringify(await builtModule(checkout, specifier))}`, ...exported].join(
    '\n',
  )
}

/** Makes one file of the scenarios, without the packages that are measured: those are a checkout's, as built there. */
export const bundleProcess = async (checkout: string = here): Promise<void> => {
  await build({
    entryPoints: [join(folder, 'contender-process.ts')],
    outfile: programFor(checkout),
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    plugins: [
      {
        name: 'packages as installed',
        setup(builder) {
          builder.onResolve({ filter: /^[^.]/ }, ({ path, kind }) => {
            if (kind === 'entry-point' || path.startsWith('@rtmp/testkit')) return null
            return path.startsWith('@rtmp/') ? { path, namespace: 'built' } : { path, external: true }
          })
          builder.onLoad({ filter: /.*/, namespace: 'built' }, async ({ path }) => ({
            contents: await standIn(checkout, path),
            loader: 'js',
          }))
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

/** The same scenario with a process for each side, another checkout's among them; `close` ends them. */
export const apart = (
  scenario: Scenario,
  baseline?: string,
): { readonly scenario: Scenario; readonly close: () => void } => {
  const children: ChildProcess[] = []
  const contender = (program: string, ...peer: string[]): Contender => {
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
      ours: contender(programFor(here)),
      peers: {
        ...Object.fromEntries(
          Object.keys(scenario.peers).map((name) => [name, contender(programFor(here), name)]),
        ),
        ...(baseline === undefined ? {} : { [BASELINE]: contender(programFor(baseline)) }),
      },
    },
    close: () => {
      for (const child of children) child.kill()
    },
  }
}
