// A release rehearsed: versions made, packages packed and published on the loopback, and installed from there alone. Runs under
// this Node and a few compilers; `npm run release:check` does it under all that are promised.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { published, root } from '../package-metadata.ts'
import {
  alone,
  entriesOf,
  IN_A_PAGE,
  install,
  runExample,
  THIS_NODE,
  weightOf,
  writeExample,
} from '../release/installed.ts'
import type { LocalRegistry } from '../release/local-registry.ts'
import { readStaged, rehearse } from '../release/rehearse.ts'
import { run } from '../release/run.ts'
import { compile, FLOOR, NEWEST, TOO_OLD } from '../release/types.ts'

let [scratch, stage, everything] = ['', '', '']
let registry: LocalRegistry

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'rtmp-release-'))
  ;({ registry, stage } = await rehearse(scratch, (name) => name === 'bytes'))
  everything = join(scratch, 'everything')
  // With the optional peers whose types are named in ours.
  const wanted = [
    ...published.map(([name]) => `@rtmp/${name}`),
    'fast-check@4.10.2',
    'ioredis@6.0.0',
    '@types/ws@8.18.2',
  ]
  await install(registry, everything, wanted)
}, 300_000)

afterAll(async () => {
  await registry.close()
  await rm(scratch, { recursive: true, force: true })
})

describe.each(published)('@rtmp/%s', (name, folder) => {
  const tarballOf = (): Buffer =>
    registry.published.find((each) => each.name === `@rtmp/${name}`)?.tarball ?? Buffer.alloc(0)

  test('has a first version, what it says of it, and no more than it needs', async () => {
    const changelog = await readStaged(stage, `${folder}/CHANGELOG.md`)
    expect(changelog).toMatch(
      new RegExp(`^# @rtmp/${name}\\n\\n## 0\\.1\\.0\\n\\n### Minor Changes\\n\\n- First release: `),
    )
    const installed = join(everything, 'node_modules/@rtmp', name)
    const files = (await readdir(installed, { recursive: true })).join('\n')
    expect(files.split('\n')).toContain('LICENSE')
    expect(/\.map$|\.tsbuildinfo$|^src$/m.exec(files)).toBeNull()
    const manifest = await readFile(join(installed, 'package.json'), 'utf8')
    expect(manifest).not.toMatch(/"(?:workspace|catalog):|@rtmp\/source/)
  })

  test('publint and are-the-types-wrong find nothing', async () => {
    const { buffer, byteOffset, byteLength } = tarballOf()
    const tarball = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer
    const { messages, pkg } = await publint({ strict: true, pack: { tarball } })
    expect(messages.map((message) => formatMessage(message, pkg))).toEqual([])
    const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(tarball)))
    const problems = analysis.types === false ? [] : analysis.problems
    // ES modules only: resolutions that cannot find those are not promised.
    const isPromised = (problem: object): boolean =>
      !(
        'resolutionKind' in problem &&
        (problem.resolutionKind === 'node10' || problem.resolutionKind === 'node16-cjs')
      )
    expect(analysis.types).not.toBe(false)
    expect(problems.filter(isPromised)).toEqual([])
  })

  test('runs the first example of its README with nothing but what it says that it needs', async () => {
    const project = join(scratch, `alone-${name}`)
    await alone(everything, `@rtmp/${name}`, project)
    const example = await writeExample(name, project)
    if (IN_A_PAGE.has(name)) expect((await readFile(join(project, example))).length).toBeGreaterThan(10_000)
    else await runExample(THIS_NODE, example, project)
  })
})

test('the server installs at most half of the 57 packages and 30 MiB that it once did', async () => {
  const project = join(scratch, 'server')
  const packages = await install(registry, project, ['@rtmp/server'])
  const { onDisk } = await weightOf(join(project, 'node_modules'))
  console.log(`@rtmp/server installs ${packages.length} packages, ${(onDisk / 1024 / 1024).toFixed(1)} MiB`)
  expect(packages.length).toBeLessThanOrEqual(28)
  // As the page about installing has it, in words.
  const ours = packages.filter((each) => each.startsWith('@rtmp/')).length - 1
  const page = await readFile(join(root, 'docs/installing.md'), 'utf8')
  const words = { 4: 'four', 5: 'five', 16: 'sixteen', 17: 'seventeen', 18: 'eighteen' } as Record<
    number,
    string
  >
  expect(page).toContain(
    `brings ${words[ours]} small packages of ours and ${words[packages.length - ours - 1]} of others`,
  )
  const [, said = ''] = /of others, ([\d.]+) MB on the disk/.exec(page) ?? []
  expect(Math.abs(Number(said) - onDisk / 1e6), `${said} MB, measured ${onDisk / 1e6}`).toBeLessThanOrEqual(
    0.6,
  )
  expect(onDisk).toBeLessThanOrEqual(15 * 1024 * 1024)
  expect(await run('npx', ['rtmp-server', '--help'], project)).toContain('Usage: rtmp-server')
  expect(await run('npx', ['rtmp-server', '--version'], project)).toBe('0.1.0\n')
  // YAML in and out, by what is bundled into the command.
  expect(await run('npx', ['rtmp-server', '--init'], project)).toContain('Wrote rtmp.yaml')
  const config = ['rtmp-server', '--config', 'rtmp.yaml']
  expect(await run('npx', [...config, '--check-config'], project)).toContain('would succeed')
  expect(await run('npx', [...config, '--print-config'], project)).toContain('port: 1935')
})

test('every entry point can be required where Node can require ES modules', async () => {
  const entries = (await entriesOf(join(everything, 'node_modules'))).filter(
    (entry) => !/^@rtmp\/(?:player|console)|\/arbitraries$|\/compliance$/.test(entry),
  )
  const code = `for (const entry of ${JSON.stringify(entries)}) if (Object.keys(require(entry)) === undefined) throw entry`
  await run(process.execPath, ['--no-warnings', '--input-type=commonjs', '--eval', code], everything)
})

describe('types, with every entry point imported', () => {
  test.each([
    [FLOOR, 'node16'],
    [NEWEST, 'bundler'],
    [NEWEST, 'nodenext'],
  ] as const)('$name TypeScript understands them', async (compiler, resolution) => {
    const modules = join(everything, 'node_modules')
    const project = join(scratch, `types-${compiler.folder.split('-').at(-1)}-${resolution}`)
    expect(await compile(modules, project, await entriesOf(modules), compiler, resolution)).toBe('')
  })

  test('CommonJS files import them, as the page about installing says', async () => {
    const modules = join(everything, 'node_modules')
    const project = join(scratch, 'types-commonjs')
    expect(await compile(modules, project, await entriesOf(modules), NEWEST, 'nodenext', 'commonjs')).toBe('')
  })

  test('one that is too old says so for each, even where it does not check libraries', async () => {
    const modules = join(everything, 'node_modules')
    const entries = published.map(([name]) => `@rtmp/${name}`)
    const said = await compile(modules, join(scratch, 'types-too-old'), entries, TOO_OLD, 'nodenext')
    expect(said.match(/needs-typescript-5\.7\.d\.ts' is not a module/g)).toHaveLength(entries.length)
  })
})
