import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { importFaults } from '../import-faults.ts'
import { serverRooms } from '../layers.ts'

/** What is found in a tree that has these files, by their paths. */
const faultsOf = async (files: Readonly<Record<string, string>>): Promise<string[]> => {
  const root = await mkdtemp(join(tmpdir(), 'import-faults-'))
  onTestFinished(async () => rm(root, { recursive: true }))
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  return importFaults(root, ['packages'])
}

test('what imports downwards has no faults', async () => {
  const files = {
    'packages/server/src/contract/a.ts': 'export interface A { readonly a: number }\n',
    'packages/server/src/core/b.ts': "import type { A } from '../contract/a.ts'\nexport type B = A\n",
    'packages/server/src/node/c.ts': "import type { B } from '../core/b.ts'\nexport type C = B\n",
  }
  expect(await faultsOf(files)).toEqual([])
})

test('a circle of files counts, though only types go round', async () => {
  const files = {
    'packages/flv/src/a.ts': "import type { B } from './b.ts'\nexport interface A { readonly b?: B }\n",
    'packages/flv/src/b.ts': "import type { C } from './c.ts'\nexport interface B { readonly c?: C }\n",
    'packages/flv/src/c.ts': "import { type A } from './a.ts'\nexport interface C { readonly a?: A }\n",
  }
  const [fault, ...others] = await faultsOf(files)
  expect(others).toEqual([])
  expect(fault).toMatch(/flv\/src\/\w.ts → .* → .* \(no circle of files, type imports counted\)/)
})

test('a package that imports upwards, by its path too', async () => {
  const files = {
    'packages/flv/src/a.ts': "import type { B } from '../../session/src/b.ts'\nexport type A = B\n",
    'packages/session/src/b.ts': 'export interface B { readonly b: number }\n',
  }
  expect(await faultsOf(files)).toEqual([
    'packages/flv/src/a.ts: imports packages/session/src/b.ts (flv imports only the packages below it)',
  ])
})

test.each([
  ['the contract, of the engine', 'contract', 'core'],
  ['the contract, of a policy', 'contract', 'access'],
  ['the engine, of access', 'core', 'access'],
  ['the engine, of registrations', 'core', 'registrations'],
  ['the engine, of relays and HTTP', 'core', 'node/relay'],
  ['the engine, of configuration', 'core', 'config'],
  ['the configuration, of what Node needs', 'config', 'node'],
  ['registrations, of what Node needs', 'registrations', 'node/tls'],
])('a room of the server that knows too much: %s', async (_what, from, to) => {
  const up = '../'.repeat(from.split('/').length)
  const files = {
    [`packages/server/src/${from}/a.ts`]: `import type { B } from '${up}${to}/b.ts'\nexport type A = B\n`,
    [`packages/server/src/${to}/b.ts`]: 'export interface B { readonly b: number }\n',
  }
  expect(await faultsOf(files)).toEqual([
    `packages/server/src/${from}/a.ts: imports packages/server/src/${to}/b.ts ` +
      `(the server's ${from}/ imports only the rooms below it)`,
  ])
})

test('the page on architecture has the map of rooms that is checked', async () => {
  const page = await readFile(new URL('../../docs/architecture.md', import.meta.url), 'utf8')
  const rows = [...page.matchAll(/^\| `(\w+)` \| ([\w, ]+) \| .*\|$/gm)].map(([, name, may]) => [name, may])
  const map = Object.entries(serverRooms).map(([name, may]) => [name, may.join(', ') || 'nothing'])
  expect(rows).toEqual(map)
})
