// `npm run mutate -- <package> [--files src/a.ts,src/b] [--tests test/x,test/y.test.ts] [--longest 2000] [--bounds] [--left]`: puts faults into
// sources, one at a time, and tells which ones no test of the package notices. See docs/mutation.md.
import { join, relative, resolve } from 'node:path'
import { Command } from 'commander'
import { faultsIn, isOfBound } from './faults.ts'
import { filesOf } from './files.ts'
import { Processes } from './processes.ts'
import { isLeft, leftOf, printFound, writeFound } from './report.ts'
import { Search } from './search.ts'

/** What takes too long to run again for each fault, counts what V8 runs or keeps, needs a browser, or starts programs. */
const NEVER =
  /\.browser\.test\.ts$|\/simulation[^/]*\.test\.ts$|\/contracts\.test\.ts$|\/(?:allocation|linear|ffmpeg|codec-files|entry-point|flv-rules)\.node\.test\.ts$|\/ffprobe\.test\.ts$/
/** Real sockets, files and programs: run when it is asked for. */
const ONLY_NAMED = /\/test\/node\//

const command = new Command('npm run mutate --')
  .description(
    'Puts faults into sources, one at a time, and tells which ones no test of the package notices: docs/mutation.md.',
  )
  .argument('<package>', 'a folder of packages/: server')
  .option(
    '--files <paths>',
    'sources, from the folder of the package: src/access,src/core/admission.ts',
    'src',
  )
  .option('--tests <paths>', 'tests that are run (default: test, without test/node)')
  .option('--longest <ms>', 'leave out tests that take longer (default: none is too long)', Number)
  .option('--bounds', 'only faults of limits and bounds', false)
  .option('--left', 'only what the last run left', false)
  .parse()
const [name = ''] = command.args
const values = command.opts<{
  readonly files: string
  readonly tests?: string
  readonly longest?: number
  readonly bounds: boolean
  readonly left: boolean
}>()

const root = resolve(import.meta.dirname, '../..')
const folder = join(root, 'packages', name)
const sources = filesOf(folder, values.files, '.ts')
const tests = filesOf(folder, values.tests ?? 'test', '.test.ts').filter(
  (path) => !NEVER.test(path) && (values.tests !== undefined || !ONLY_NAMED.test(path)),
)

const { faults: all, texts } = await faultsIn(sources)
const report = join(root, 'reports', `mutation-${name}.json`)
const wasLeft = values.left ? leftOf(root, report) : undefined
const faults = all.filter((fault) => (!values.bounds || isOfBound(fault)) && wasLeft?.(fault) !== false)
console.log(`${faults.length} faults in ${sources.length} files; ${tests.length} files of tests`)
const processes = await Processes.start(root, folder, texts)
const search = new Search(processes, faults, console.log)
const tell = (): never => {
  printFound(root, search.found)
  writeFound(root, report, search.found)
  const left = search.found.filter(isLeft).length
  console.log(`\n${faults.length} faults, ${left} left; all of it in ${relative(root, report)}`)
  process.exit(left === 0 ? 0 : 1)
}
// What is known by then.
process.once('SIGINT', tell)
await search.run(tests, values.longest ?? Number.POSITIVE_INFINITY)
await processes.close()
tell()
