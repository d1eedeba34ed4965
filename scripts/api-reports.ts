// `npm run api`: writes what every entry point of every package promises, `packages/*/api/<entry>.api.md`, from the built declarations.
// `scripts/test/api.test.ts` compares them.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CompilerState, Extractor, ExtractorConfig, type IConfigFile } from '@microsoft/api-extractor'
import ts from 'typescript'
import { folders } from './layers.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Entry points that promise nothing for long: no other may lead to what only they export. */
const UNSTABLE: ReadonlySet<string> = new Set(['@rtmp/live/engine', '@rtmp/server/engine'])

/** One entry point of a package. */
interface EntryPoint {
  readonly folder: string
  /** As it is imported: `@rtmp/server/access`. */
  readonly name: string
  /** Its report, from the root of the repository. */
  readonly file: string
  /** Its built declarations, in full. */
  readonly types: string
}

/** What one entry point promises. */
export interface ApiReport {
  readonly name: string
  readonly file: string
  readonly text: string
  /** What can be imported from it. */
  readonly exports: readonly string[]
  /** Types that can be reached from it and imported from nowhere in its package. */
  readonly forgotten: readonly string[]
}

interface Manifest {
  readonly name: string
  readonly exports: Readonly<Record<string, string | { readonly types: string }>>
}

const entryPoints = (): EntryPoint[] =>
  Object.values(folders).flatMap((folder) => {
    const path = join(root, 'packages', folder)
    const { name, exports } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as Manifest
    return Object.entries(exports).flatMap(([entry, target]) =>
      typeof target === 'string'
        ? []
        : {
            folder,
            name: entry === '.' ? name : `${name}/${entry.slice(2)}`,
            file: `packages/${folder}/api/${entry === '.' ? 'main' : entry.slice(2)}.api.md`,
            types: join(path, target.types),
          },
    )
  })

const COMPILER_OPTIONS = {
  module: 'nodenext',
  target: 'es2022',
  lib: ['es2023', 'dom'],
  types: ['node'],
  strict: true,
  skipLibCheck: true,
}

const configurationOf = (
  { folder, types }: EntryPoint,
  reportFileName: string,
  scratch: string,
): ExtractorConfig => {
  const projectFolder = join(root, 'packages', folder)
  const none = { default: { logLevel: 'none' as const } }
  const configObject: IConfigFile = {
    projectFolder,
    mainEntryPointFilePath: types,
    compiler: { overrideTsconfig: { compilerOptions: COMPILER_OPTIONS, files: [types] } },
    apiReport: { enabled: true, reportFileName, reportFolder: scratch, reportTempFolder: scratch },
    docModel: { enabled: false },
    dtsRollup: { enabled: false },
    tsdocMetadata: { enabled: false },
    messages: {
      compilerMessageReporting: none,
      tsdocMessageReporting: none,
      extractorMessageReporting: { ...none, 'ae-forgotten-export': { logLevel: 'warning' } },
    } as IConfigFile['messages'] & object,
  }
  return ExtractorConfig.prepare({
    configObject,
    configObjectFullPath: undefined,
    packageJsonFullPath: join(projectFolder, 'package.json'),
  })
}

/** What can be imported from each entry point. */
const exportsOf = (entries: readonly EntryPoint[], program: ts.Program): Map<string, ReadonlySet<string>> => {
  const checker = program.getTypeChecker()
  return new Map(
    entries.map(({ name, types }) => {
      const source = program.getSourceFile(types)
      const symbol = source === undefined ? undefined : checker.getSymbolAtLocation(source)
      const exported = symbol === undefined ? [] : checker.getExportsOfModule(symbol)
      return [name, new Set(exported.map((each) => each.name))]
    }),
  )
}

/** Versions of the compiler put literals between other marks. */
const oneKindOfQuotes = (line: string): string =>
  /^\s*(?:\/\*\*|\/\/|\*)/.test(line) ? line : line.replaceAll(/'([^'"]*)'/g, '"$1"')

const reportText = (name: string, report: string): string =>
  `${report
    .split(/\r?\n/)
    .map(oneKindOfQuotes)
    .join('\n')
    .replace(
      /^[\s\S]*?```ts\n/,
      `# What \`${name}\` promises\n\nWritten by \`npm run api\`; do not edit.\n\n\`\`\`ts\n`,
    )
    .trimEnd()}\n`

/** Reads the built declarations: build first. */
export const apiReports = (): ApiReport[] => {
  const scratch = mkdtempSync(join(tmpdir(), 'rtmp-api-'))
  try {
    const entries = entryPoints()
    const prepared = entries.map((entry, i) => ({
      entry,
      config: configurationOf(entry, `${i}.api.md`, scratch),
      path: join(scratch, `${i}.api.md`),
    }))
    const [first] = prepared
    if (first === undefined) return []
    const compilerState = CompilerState.create(first.config, {
      additionalEntryPoints: entries.map(({ types }) => types),
    })
    const exported = exportsOf(entries, compilerState.program as ts.Program)
    return prepared.map(({ entry, config, path }) => {
      const others = entries.filter(
        (other) => other !== entry && other.folder === entry.folder && !UNSTABLE.has(other.name),
      )
      const forgotten: string[] = []
      Extractor.invoke(config, {
        localBuild: true,
        compilerState,
        messageCallback: (message) => {
          message.handled = true
          if (message.messageId !== 'ae-forgotten-export') return
          // A second one of a name is called `Name_2`.
          const name = /"(.+?)(?:_\d+)?"/.exec(message.text)?.[1] ?? message.text
          if (!others.some((other) => exported.get(other.name)?.has(name) === true)) forgotten.push(name)
        },
      })
      return {
        name: entry.name,
        file: entry.file,
        exports: [...(exported.get(entry.name) ?? [])].toSorted(),
        forgotten,
        text: reportText(entry.name, readFileSync(path, 'utf8')),
      }
    })
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

if (process.argv[1] === import.meta.filename) {
  const reports = apiReports()
  for (const { folder } of entryPoints())
    rmSync(join(root, 'packages', folder, 'api'), { recursive: true, force: true })
  for (const { file, text } of reports) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), text)
  }
  const forgotten = reports.flatMap(({ name, forgotten }) => forgotten.map((type) => `${name}: ${type}`))
  console.log(`${reports.length} reports written; see git diff packages/*/api`)
  for (const each of forgotten)
    console.log(`reached and not exported: ${each}; export it, or take it out of what is`)
  process.exitCode = forgotten.length === 0 ? 0 : 1
}
