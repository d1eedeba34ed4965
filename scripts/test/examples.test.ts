// Every example in a README and in docs/ compiles against the declarations that users get. What a fragment is given stands before it in
// a comment, `<!-- given: declare const … -->`; what cannot be compiled says why: `<!-- unchecked: … -->`. Those in docstrings compile too; names
// that are not of the package are given to them.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'
import { folders } from '../layers.ts'
import { published } from '../package-metadata.ts'
import { importsOf, publicValues } from '../public-values.ts'
import { sourcesIn } from '../registries/source.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

interface Example {
  /** Page and line, as an editor opens it. */
  readonly place: string
  readonly code: string
  readonly unchecked: string | undefined
}

const pages = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  cwd: root,
  encoding: 'utf8',
})
  .trim()
  .split('\n')
  .filter((page) => !page.startsWith('.changeset/') && !page.endsWith('.api.md') && existsSync(root + page))

const BLOCK = /(?:<!-- (given|unchecked): ([^]*?) -->\n+)?```(\w+)\n([^]*?)```/g

const examples: readonly Example[] = pages.flatMap((page) => {
  const text = readFileSync(root + page, 'utf8')
  return [...text.matchAll(BLOCK)].flatMap(([whole, note, words = '', language = '', code = '']) => {
    if (!['ts', 'js', 'tsx', 'jsx', 'typescript', 'javascript'].includes(language)) return []
    const line = text.slice(0, text.indexOf(whole)).split('\n').length
    return {
      place: `${page}:${line}`,
      code: `${note === 'given' ? `${words}\n` : ''}${code}\nexport {}\n`,
      unchecked: language !== 'ts' ? undefined : note === 'unchecked' ? words : undefined,
    }
  })
})

const DOCUMENTED = /@example\n([^]*?)(?=\n\s*\*\s*@\w|\s*\*\/)/g

/** The examples in the docstrings of all packages, with what they use of their package imported. */
const documented: readonly Example[] = published.flatMap(([, folder]) =>
  sourcesIn(`${folder}/src`).flatMap(({ fileName, text }) =>
    [...text.matchAll(DOCUMENTED)].map(([, block = ''], i) => {
      const code = block
        .replaceAll(/^ *\* ?/gm, '')
        .replaceAll(/^```.*$/gm, '')
        .trim()
      const used = [...importsOf(folder, fileName)].filter(([name]) => new RegExp(`\\b${name}\\b`).test(code))
      const lines = code.includes('import ')
        ? []
        : used.map(([name, entry]) => `import { ${name} } from '${entry}'\n`)
      return {
        place: `${fileName}, example ${i + 1}`,
        code: `${lines.join('')}${code}\nexport {}\n`,
        unchecked: undefined,
      }
    }),
  ),
)

/** What the compiler says of names that are given: of the names, and of what it cannot know without them. */
const GIVEN: ReadonlySet<number> = new Set([2304, 2552, 2582, 2593, 18004, 7006, 7031])

/** Where each entry point's built declarations are, by the name that it is imported by. */
const declarations = Object.fromEntries(
  Object.values(folders).flatMap((folder) => {
    const manifest = JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8')) as {
      name: string
      exports: Record<string, string | { types: string }>
    }
    return Object.entries(manifest.exports).flatMap(([entry, target]) =>
      typeof target === 'string'
        ? []
        : [[manifest.name + entry.slice(1), [join(root, 'packages', folder, target.types)]]],
    )
  }),
)

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  moduleDetection: ts.ModuleDetectionKind.Force,
  lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
  types: ['node'],
  typeRoots: [join(root, 'node_modules/@types')],
  paths: declarations,
  strict: true,
  noEmit: true,
  skipLibCheck: true,
}

/** What is wrong with examples, with the compiler's codes. */
const problemsOf = (checked: readonly Example[]): readonly (readonly [code: number, text: string])[] => {
  const files = new Map(checked.map(({ code }, i) => [join(root, `example-${i}.mts`), code]))
  const host = ts.createCompilerHost(OPTIONS)
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = (file) => files.has(file) || fileExists.call(host, file)
  host.readFile = (file) => files.get(file) ?? readFile.call(host, file)
  host.getSourceFile = (file, ...rest) => {
    const code = files.get(file)
    return code === undefined
      ? getSourceFile.call(host, file, ...rest)
      : ts.createSourceFile(file, code, ts.ScriptTarget.ES2022)
  }
  const program = ts.createProgram([...files.keys()], OPTIONS, host)
  const problems = [...files.keys()].flatMap((file, i) => {
    const source = program.getSourceFile(file)
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
    return found.map(({ code, messageText, start = 0 }) => {
      const line = files.get(file)?.slice(start).split('\n', 1)[0]
      const text = `${checked[i]?.place}: ${line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`
      return [code, text] as const
    })
  })
  return problems
}

test('every example compiles', () => {
  const checked = examples.filter(({ unchecked }) => unchecked === undefined)
  expect(problemsOf(checked).map(([, text]) => text)).toEqual([])
  expect(checked.length).toBeGreaterThan(30)
}, 120_000)

test('every example of a docstring compiles', () => {
  const wrong = problemsOf(documented).filter(([code]) => !GIVEN.has(code))
  expect(wrong.map(([, text]) => text)).toEqual([])
  expect(documented.length).toBeGreaterThan(100)
}, 120_000)

test('every function and class that a README names has an example', () => {
  const without = published.flatMap(([name, folder]) => {
    const readme = readFileSync(join(root, folder, 'README.md'), 'utf8')
    const code = [...readme.matchAll(/```ts\n([^]*?)```|`([^`\n]+)`/g)]
      .map((found) => found[1] ?? found[2])
      .join('\n')
    return publicValues(folder)
      .filter(
        (value) => !/(?:Error|Rejected)$/.test(value.name) && new RegExp(`\\b${value.name}\\b`).test(code),
      )
      .filter(({ comment }) => !comment.includes('@example'))
      .map((value) => `@rtmp/${name}: ${value.name}`)
  })
  expect(without).toEqual([])
})

test('what is not compiled says why', () => {
  const unchecked = examples.flatMap(({ unchecked: why }) => why ?? [])
  expect(unchecked.filter((why) => why.split(' ').length < 4)).toEqual([])
  expect(unchecked.length).toBeLessThanOrEqual(2)
})
