// Options that nothing reads: whoever adds one to the schema and forgets the rest is told here.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { CONFIGURATION_OPTIONS } from '../../src/config/option.ts'

const packages = fileURLToPath(new URL('../../../', import.meta.url))

/** Where options are read; the configuration itself names all of them. */
const FOLDERS = ['server', 'live', 'session', 'cluster'].map((name) => join(packages, name, 'src'))

/** Names that are read from an object: `options.graceMs`, `const { graceMs } = options`. */
const namesRead = (text: string): Set<string> => {
  const names = new Set<string>()
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node)) names.add(node.name.text)
    else if (ts.isBindingElement(node) && ts.isObjectBindingPattern(node.parent)) {
      const { name, propertyName = name } = node
      if (ts.isIdentifier(propertyName)) names.add(propertyName.text)
    }
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile('read.ts', text, ts.ScriptTarget.ES2022, true))
  return names
}

const sources = FOLDERS.flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.startsWith('config/'))
    .map((file) => readFileSync(join(folder, file), 'utf8')),
)
const read = new Set(sources.flatMap((text) => [...namesRead(text)]))

const unread = (paths: readonly (readonly string[])[], names: ReadonlySet<string>): string[] =>
  paths.filter((path) => !names.has(path.at(-1) ?? '')).map((path) => path.join('.'))

const paths = CONFIGURATION_OPTIONS.map(({ path }) => path)

test('every option in the schema is read outside of the configuration', () => {
  expect(paths.length).toBeGreaterThan(100)
  expect(unread(paths, read)).toEqual([])
})

test('an option that is added to the schema and forgotten is told', () => {
  expect(unread([['exampleMs'], ['streams', 'exampleMs']], read)).toEqual(['exampleMs', 'streams.exampleMs'])
  // To be passed on by name is not to be read.
  expect([...namesRead('const it = { exampleMs: 1 }; take({ exampleMs })')]).toEqual([])
  expect([...namesRead('const { exampleMs: ms } = a; b(c.other, ms)')]).toEqual(['exampleMs', 'other'])
})
