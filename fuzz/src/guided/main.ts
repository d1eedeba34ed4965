// npm run fuzz:guided -- <target> [--runs N] [--keep]: coverage-guided fuzzing with jazzer.js, which is fetched when it is first
// needed. Its binary wants a newer C library than some systems have: RTMP_NEWER_ROOT names the root of one that has it.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Argument, Command } from 'commander'
import { build } from 'esbuild'
import { targets } from '../targets/index.ts'
import { readCorpus, writeCorpus } from './corpus.ts'

const JAZZER = '@jazzer.js/core@4.0.0'
const NEWER_ROOT = process.env['RTMP_NEWER_ROOT'] ?? '/var/cache/rtmp-ts/newer'
/** Where the fuzzer, the bundle and what it has learned are kept. */
const HOME = process.env['RTMP_FUZZ_HOME'] ?? join(tmpdir(), 'rtmp-guided-fuzz')

const skip = (why: string): void => console.log(`skipped: ${why}`)

/** The file that starts the fuzzer, fetched if it is not there; `undefined` when it cannot be had. */
const jazzer = async (): Promise<string | undefined> => {
  const cli = join(HOME, 'node_modules/@jazzer.js/core/dist/cli.js')
  if (existsSync(cli)) return cli
  await mkdir(HOME, { recursive: true })
  await writeFile(join(HOME, 'package.json'), '{ "private": true }\n')
  spawnSync('npm', ['install', '--no-audit', '--no-fund', '--silent', JAZZER], { cwd: HOME, stdio: 'ignore' })
  return existsSync(cli) ? cli : undefined
}

/** Node, by the newer root's loader where there is one. */
const nodeCommand = (): readonly string[] => {
  const loader = join(NEWER_ROOT, 'lib64/ld-linux-x86-64.so.2')
  if (!existsSync(loader)) return [process.execPath]
  const libraries = ['lib', 'usr/lib'].map((folder) => join(NEWER_ROOT, folder, 'x86_64-linux-gnu'))
  return [loader, '--library-path', libraries.join(':'), process.execPath]
}

const bundle = async (name: string): Promise<string> => {
  const file = join(HOME, `fuzz-${name}.js`)
  const module = new URL('../targets/index.ts', import.meta.url).href
  await build({
    entryPoints: [fileURLToPath(new URL('entry.ts', import.meta.url))],
    outfile: file,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    conditions: ['@rtmp/source'],
    // Loaded by the client only where somebody asks for it.
    external: ['ws'],
    define: { 'import.meta.url': JSON.stringify(module) },
    logLevel: 'error',
  })
  return file
}

/** Good inputs and those that are kept, as the files that the fuzzer starts from and adds to. */
const corpus = async (name: keyof typeof targets): Promise<string> => {
  const folder = join(HOME, 'corpus', name)
  await mkdir(folder, { recursive: true })
  const target = await targets[name]()
  for (const seed of [...(await target.seeds()), ...(await readCorpus(name))])
    await writeFile(join(folder, createHash('sha1').update(seed).digest('hex')), seed)
  return folder
}

const run = async (name: keyof typeof targets, runs: string, isKept: boolean): Promise<void> => {
  const cli = await jazzer()
  if (cli === undefined) return skip(`${JAZZER} cannot be fetched`)
  const [program = '', ...args] = nodeCommand()
  if (spawnSync(program, [...args, cli, '--help'], { stdio: 'ignore' }).status !== 0)
    return skip(`${JAZZER} does not start here; RTMP_NEWER_ROOT can name a root with a newer C library`)
  const file = await bundle(name)
  const folder = await corpus(name)
  const flags = [
    file.replace(/\.js$/, ''),
    folder,
    '-i',
    `fuzz-${name}.js`,
    '--',
    `-runs=${runs}`,
    '-max_len=4096',
    '-print_final_stats=1',
  ]
  const { status } = spawnSync(program, [...args, cli, ...flags], {
    cwd: HOME,
    stdio: 'inherit',
    env: { ...process.env, FUZZ_TARGET: name },
  })
  process.exitCode = status ?? 1
  if (!isKept || status !== 0) return
  const inputs = await Promise.all((await readdir(folder)).map((input) => readFile(join(folder, input))))
  console.log(`${await writeCorpus(name, inputs)} inputs are kept in fuzz/corpora/${name}.txt`)
}

await new Command('guided')
  .description('Lets a fuzzer that sees which code an input reaches look for one that makes a parser crash.')
  .addArgument(new Argument('<target>', 'the parser').choices(Object.keys(targets)))
  .option('--runs <n>', 'how many inputs', '100000')
  .option('--keep', 'keep what reached new code in the repository, the shortest inputs first')
  .action((name: keyof typeof targets, { runs, keep }: { runs: string; keep?: boolean }) =>
    run(name, runs, keep === true),
  )
  .parseAsync()
