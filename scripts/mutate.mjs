// npm run mutate -- <package> [--files src/a.ts,src/b/*.ts] [--tests test/x]: puts faults into sources, one at a time, and tells which ones
// no test of the package notices. See docs/mutation.md.
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { install, root } from './setup.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { files: { type: 'string' }, tests: { type: 'string' }, concurrency: { type: 'string' } },
})
const [name] = positionals
if (name === undefined) {
  console.error('Say which package: npm run mutate -- server --files src/access/table.ts')
  process.exit(2)
}
install()
process.chdir(root)
process.env['MUTATED_PACKAGE'] = name
process.env['MUTATION_TESTS'] = values.tests ?? 'test'
const { Stryker } = await import('@stryker-mutator/core')
const files = (values.files ?? 'src/**/*.ts').split(',').map((file) => join('packages', name, file))
const results = await new Stryker({
  packageManager: 'pnpm',
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'scripts/mutation.config.ts', related: false },
  mutate: files,
  // Words are for people: no test should go by them.
  mutator: { excludedMutations: ['StringLiteral'] },
  coverageAnalysis: 'perTest',
  ignoreStatic: true,
  ignorePatterns: [
    '**/dist',
    '/bench/results',
    '/docs',
    '/interop',
    '/examples',
    '/.turbo',
    '/deploy',
    '/media',
  ],
  concurrency: Number(values.concurrency ?? Math.max(1, availableParallelism() - 1)),
  // A machine may be busy: only what runs for ever is a fault that was noticed by its time.
  timeoutMS: 30_000,
  timeoutFactor: 4,
  reporters: ['clear-text', 'json'],
  clearTextReporter: { logTests: false, reportTests: false, allowColor: false },
  jsonReporter: { fileName: join('reports', `mutation-${name}.json`) },
  tempDirName: join('node_modules', '.stryker'),
  thresholds: { high: 95, low: 90, break: null },
}).runMutationTest()
const left = results.filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
process.exit(left.length === 0 ? 0 : 1)
