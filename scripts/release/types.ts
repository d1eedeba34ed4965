// Whether TypeScript projects of several versions and settings understand what was published.
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { repositoryModule } from './installed.ts'
import { run } from './run.ts'

export const RESOLUTIONS = ['node16', 'nodenext', 'bundler'] as const
export type Resolution = (typeof RESOLUTIONS)[number]

/** A compiler: the folder of its package. */
export interface Compiler {
  readonly name: string
  readonly folder: string
}

/** The compilers that are part of the checkout. */
export const FLOOR: Compiler = { name: 'the oldest', folder: repositoryModule('typescript-floor') }
export const NEWEST: Compiler = { name: 'the newest', folder: repositoryModule('typescript-7') }
export const TOO_OLD: Compiler = { name: 'one too old', folder: repositoryModule('typescript-too-old') }

/**
 * Compiles a file that imports every entry point, as strictly as can be, declarations of libraries included.
 *
 * @param modules - A node_modules with all packages of ours.
 * @param type - What the project's own files are.
 * @returns What the compiler said; empty when it found nothing.
 */
export const compile = async (
  modules: string,
  project: string,
  entries: readonly string[],
  compiler: Compiler,
  resolution: Resolution,
  type: 'module' | 'commonjs' = 'module',
): Promise<string> => {
  await mkdir(project, { recursive: true })
  await symlink(modules, join(project, 'node_modules'))
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'use', private: true, type }))
  const lines = entries.map(
    (entry, i) => `import * as all${i} from '${entry}'\nexport const use${i}: object = all${i}\n`,
  )
  await writeFile(join(project, 'use.ts'), lines.join(''))
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2023', 'dom', 'dom.iterable', 'dom.asynciterable'],
    types: ['node'],
    typeRoots: [repositoryModule('@types')],
    module: resolution === 'bundler' ? 'esnext' : resolution,
    moduleResolution: resolution,
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: false,
    noEmit: true,
  }
  await writeFile(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['use.ts'] }))
  try {
    await run(
      process.execPath,
      [join(compiler.folder, 'lib/tsc.js'), '-p', '.', '--pretty', 'false'],
      project,
    )
    return ''
  } catch (error) {
    const { stdout } = (error instanceof Error ? error.cause : {}) as { readonly stdout?: string }
    if (stdout === undefined) throw error
    return withoutNodes(stdout)
  }
}

/** What was said but for what Node's own declarations, older than the compiler, have against each other: with the lines that explain it. */
const withoutNodes = (said: string): string => {
  let isNodes = false
  const kept = said.split('\n').filter((line) => {
    if (!/^\s/.test(line)) isNodes = /^[^(]*@types\/node\//.test(line)
    return !isNodes
  })
  return kept.join('\n').trim()
}
