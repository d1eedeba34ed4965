// `npm test`: sets up what is missing, then runs every check and every test and counts them. Tests that fail run once more, alone;
// what passes then counts as passed and is named as unsteady.
//
//   --tests-only        only vitest
//   --built             nor the build: it is there already (used to repeat tests under further Node versions)
//   --project <name>    only that vitest project; may be repeated
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
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
mkdirSync(reports, { recursive: true })

/** Runs vitest and gives its exit status with its report, which is undefined when it came to no end. */
const vitest = async (name, more) => {
  const report = join(reports, `vitest-node${process.versions.node.split('.')[0]}${name}.json`)
  rmSync(report, { force: true })
  const status = await tool('vitest', [
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...more,
  ])
  if (!existsSync(report)) return { status, files: undefined }
  return { status, files: JSON.parse(readFileSync(report, 'utf8')).testResults }
}

/** Why a test did not run: its own note (`context.skip(reason)`), or that it is skipped in the source. */
const reasonOf = (test) => test.meta?.skipReason ?? 'see the line printed when it was skipped'

const firstLine = (text = 'no message') => text.split('\n', 1)[0].slice(0, 300)

/** A line for each test that failed; a file that fails to load has no tests of its own to name. */
const failuresIn = (files) =>
  files.flatMap((file) => {
    const path = relative(root, file.name)
    const tests = file.assertionResults.filter(({ status }) => status === 'failed')
    if (tests.length === 0) {
      return file.status === 'failed' ? [{ path, name: 'loads', message: firstLine(file.message) }] : []
    }
    return tests.map((test) => ({
      path,
      name: test.fullName,
      message: firstLine(test.failureMessages[0]),
    }))
  })

/** More files than these have not failed by chance. */
const MOST_AGAIN = 6

const { status, files } = await vitest('', vitestArgs)
if (files === undefined) {
  failures.push('vitest left no report')
  failed += 1
} else {
  const tests = files.flatMap((file) => file.assertionResults)
  const notRun = tests.filter(({ status: each }) => ['skipped', 'pending', 'todo'].includes(each))
  for (const test of notRun) console.log(`skipped: ${test.fullName} (${reasonOf(test)})`)
  skipped += notRun.length
  passed += tests.filter(({ status: each }) => each === 'passed').length

  const first = failuresIn(files)
  let lasting = first
  const paths = [...new Set(first.map(({ path }) => path))]
  if (paths.length > 0 && paths.length <= MOST_AGAIN) {
    // Chance is named, and never kept quiet: a test that does not fail twice is a fault of the test or, now and then, of ours.
    console.log(`== what failed, once more and alone: ${paths.join(' ')} ==`)
    const again = await vitest('-again', [...vitestArgs, ...paths])
    const still = failuresIn(again.files ?? [])
    if (again.status !== 0 && still.length === 0) {
      failed += 1
      failures.push('vitest when it ran once more, with an error outside its tests')
    }
    const named = ({ path, name }) => `${path}: ${name}`
    const failedAgain = new Set(still.map(named))
    const passedAgain = new Set(
      (again.files ?? []).flatMap((file) => {
        const path = relative(root, file.name)
        const good = file.assertionResults.filter(({ status: each }) => each === 'passed')
        return [{ path, name: 'loads' }, ...good.map(({ fullName }) => ({ path, name: fullName }))].map(named)
      }),
    )
    // One that did not run again has not passed.
    const isUnsteady = (one) => passedAgain.has(named(one)) && !failedAgain.has(named(one))
    for (const one of first.filter(isUnsteady)) {
      passed += 1
      console.log(`unsteady: ${named(one)}: ${one.message} (passed when it ran alone)`)
    }
    const known = new Set(first.map(named))
    lasting = [...first.filter((one) => !isUnsteady(one)), ...still.filter((one) => !known.has(named(one)))]
  }
  failed += lasting.length
  for (const { path, name, message } of lasting) failures.push(`${path}: ${name}: ${message}`)
  if (status !== 0 && first.length === 0) {
    failed += 1
    failures.push('vitest, with an error outside its tests')
  }
}

for (const failure of failures) console.log(`failed: ${failure}`)
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exit(failed === 0 ? 0 : 1)
