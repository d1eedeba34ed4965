import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Where hooks are listed, besides the contract itself. */
const FILES = ['src/contract/hooks.ts', 'src/handlers/logging.ts', 'simulation/hook-check.ts']

/** What was read before: most of it stays as it is. */
const parsed = new Map<string, ts.SourceFile>()

/** Which files the compiler objects to when the sources read otherwise: file, what is replaced, by what. */
const objections = (...changes: readonly (readonly [file: string, from: string, to: string])[]): string[] => {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path))
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, dirname(join(root, 'tsconfig.json')))
  const host = ts.createCompilerHost(options)
  const read = host.readFile.bind(host)
  const changed = (path: string): string | undefined => {
    let text = read(path)
    for (const [file, from, to] of changes) {
      if (text === undefined || relative(root, path) !== file) continue
      expect(text).toContain(from)
      text = text.replace(from, to)
    }
    return text
  }
  host.readFile = changed
  host.getSourceFile = (path, version) => {
    const text = changed(path)
    if (text === undefined) return undefined
    const known = parsed.get(path)
    if (known?.text === text) return known
    const source = ts.createSourceFile(path, text, version, true)
    parsed.set(path, source)
    return source
  }
  const program = ts.createProgram(
    FILES.map((file) => join(root, file)),
    { ...options, noEmit: true },
    host,
  )
  return FILES.filter((file) => {
    const source = program.getSourceFile(join(root, file))
    return source === undefined || program.getSemanticDiagnostics(source).length > 0
  })
}

const ADDED = [
  'src/contract/handler.ts',
  '  /** A player goes on. */\n',
  '  /** A new hook. */\n  rewind?(context: PlayContext, position: number): Awaitable<void>\n  /** A player goes on. */\n',
] as const

const listed = (kind: string) =>
  ['src/contract/hooks.ts', "  seek: 'tell',\n", `  seek: 'tell',\n  rewind: '${kind}',\n`] as const

test('a hook that is added and forgotten does not compile, wherever it is forgotten', {
  timeout: 120_000,
}, () => {
  expect(objections()).toEqual([])
  expect(objections(ADDED)).toEqual(FILES)
  expect(objections(ADDED, listed('tell'))).toEqual(['src/handlers/logging.ts', 'simulation/hook-check.ts'])
  expect(objections(ADDED, listed('decide'))).toContain('src/contract/hooks.ts')
})
