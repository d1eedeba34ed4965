// `npm test`: sets up what is missing, then runs every check and every test and counts them.
//
//   --tests-only        only vitest
//   --built             nor the build: it is there already (used to repeat tests under further Node versions)
//   --project <name>    only that vitest project; may be repeated
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { install, root, tool } from './setup.mjs'

const args = process.argv.slice(2)
const testsOnly = args.includes('--tests-only')
const isBuilt = args.includes('--built')
const vitestArgs = args.filter((arg) => arg !== '--tests-only' && arg !== '--built')

install()

const checks = [
  { name: 'layers', command: 'tsx', args: ['scripts/check-layers.ts'] },
  { name: 'format', command: 'biome', args: ['format', '.'] },
  { name: 'lint', command: 'oxlint', args: ['--type-aware', '--deny-warnings'] },
  {
    name: 'build',
    command: 'turbo',
    args: ['run', 'build', '--concurrency=100%', '--output-logs=errors-only'],
  },
  { name: 'types', command: 'node', args: ['scripts/check-types.mjs'] },
  { name: 'unused code', command: 'knip', args: ['--no-progress'] },
]

let passed = 0
let failed = 0
let skipped = 0
/** What failed, named once more at the end, where it is found without reading the whole output. */
const failures = []

if (testsOnly) {
  if (
    !isBuilt &&
    (await tool('turbo', ['run', 'build', '--output-logs=errors-only'], { quiet: true })) !== 0
  ) {
    failed += 1
    failures.push('build')
  }
} else {
  for (const { name, command, args: commandArgs } of checks) {
    const started = performance.now()
    const good = (await tool(command, commandArgs, { quiet: true })) === 0
    console.log(
      `${good ? 'ok    ' : 'FAILED'} ${name} (${((performance.now() - started) / 1000).toFixed(1)} s)`,
    )
    if (good) passed += 1
    else {
      failed += 1
      failures.push(`the check of ${name}`)
    }
  }
}

const reports = join(root, 'reports')
const report = join(reports, `vitest-node${process.versions.node.split('.')[0]}.json`)
mkdirSync(reports, { recursive: true })
rmSync(report, { force: true })
const status = await tool('vitest', [
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
  ...vitestArgs,
])

/** Why a test did not run: its own note (`context.skip(reason)`), or that it is skipped in the source. */
const reasonOf = (test) => test.meta?.skipReason ?? 'see the line printed when it was skipped'

const firstLine = (text = 'no message') => text.split('\n', 1)[0].slice(0, 300)

try {
  const result = JSON.parse(readFileSync(report, 'utf8'))
  passed += result.numPassedTests
  failed += result.numFailedTests
  const tests = result.testResults.flatMap((file) => file.assertionResults)
  const notRun = tests.filter(
    (test) => test.status === 'skipped' || test.status === 'pending' || test.status === 'todo',
  )
  skipped += notRun.length
  for (const test of notRun) console.log(`skipped: ${test.fullName} (${reasonOf(test)})`)
  // A file that fails to load has no tests of its own to count.
  const brokenFiles = result.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
  )
  failed += brokenFiles.length
  for (const file of result.testResults) {
    const path = relative(root, file.name)
    for (const test of file.assertionResults.filter((each) => each.status === 'failed')) {
      failures.push(`${path}: ${test.fullName}: ${firstLine(test.failureMessages[0])}`)
    }
  }
  for (const file of brokenFiles) failures.push(`${relative(root, file.name)}: ${firstLine(file.message)}`)
} catch {
  failures.push('vitest left no report')
  failed += 1
}
if (status !== 0 && failed === 0) {
  failed += 1
  failures.push('vitest, with an error outside its tests')
}

for (const failure of failures) console.log(`failed: ${failure}`)
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exit(failed === 0 ? 0 : 1)
