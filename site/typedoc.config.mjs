// A page for every export of every entry point that a package.json names, under the name by which it is imported.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Converter } from 'typedoc'

const { repository } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const packages = fileURLToPath(new URL('../packages/', import.meta.url))

/** Generators for property tests, and what a bundler loads by itself: nothing that is read about. */
const UNREAD = new Set(['./arbitraries', './worker'])

/** Where an entry point's source is, by the name that it is imported by. */
const entries = new Map(
  readdirSync(packages).flatMap((folder) => {
    const { name, exports } = JSON.parse(readFileSync(`${packages}${folder}/package.json`, 'utf8'))
    return Object.entries(exports).flatMap(([entry, target]) =>
      typeof target === 'string' || UNREAD.has(entry)
        ? []
        : [[`${packages}${folder}/${target['@rtmp/source'].slice(2)}`, name + entry.slice(1)]],
    )
  }),
)

/** TypeDoc calls modules by their files. */
const nameByImport = ({ converter }) => {
  converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.children ?? []) {
      module.name = entries.get(module.sources?.[0]?.fullFileName) ?? module.name
    }
  })
}

export default {
  plugin: ['typedoc-plugin-markdown', nameByImport],
  tsconfig: 'typedoc.tsconfig.json',
  entryPoints: [...entries.keys()],
  out: 'api',
  readme: 'none',
  // Types are checked by `npm run typecheck`, folder by folder, with what each folder is given.
  skipErrorChecking: true,
  excludeInternal: true,
  excludePrivate: true,
  githubPages: false,
  hideBreadcrumbs: true,
  hidePageHeader: true,
  entryFileName: 'index',
  // From the root's package.json, and not from a remote that a checkout may have.
  disableGit: true,
  basePath: fileURLToPath(new URL('..', import.meta.url)),
  sourceLinkTemplate: `${repository.url.replace(/^git\+|\.git$/g, '')}/blob/main/packages/{path}#L{line}`,
  name: 'Every export',
  logLevel: 'Warn',
  // A link of a docstring that leads nowhere.
  treatWarningsAsErrors: true,
}
