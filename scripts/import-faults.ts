import { cruise, type IForbiddenRuleType } from 'dependency-cruiser'
import { allowed, folders, serverRooms } from './layers.ts'

const source = (folder: string): string => `^packages/${folder}/src/`
const room = (name: string): string => `^packages/server/src/${name}/`

const packageRules = Object.entries(allowed).map(([name, below]): IForbiddenRuleType => {
  const own = folders[name] ?? name
  const may = [own, ...below.map((other) => folders[other] ?? other)]
  return {
    name: `${name} imports only the packages below it`,
    from: { path: source(own) },
    to: { path: '^(packages|testkit|interop|bench|fuzz|examples|scripts)/', pathNot: may.map(source) },
  }
})

const roomRules = Object.entries(serverRooms).map(
  ([name, below]): IForbiddenRuleType => ({
    name: `the server's ${name}/ imports only the rooms below it`,
    from: { path: room(name) },
    to: { path: '^packages/server/', pathNot: [name, ...below].map(room) },
  }),
)

const rules: IForbiddenRuleType[] = [
  { name: 'no circle of files, type imports counted', from: {}, to: { circular: true } },
  ...packageRules,
  ...roomRules,
]

/**
 * What is wrong with the imports below a folder, a line for each fault: circles of files, packages that import upwards,
 * rooms of the server that do. Imports of types count, since a circle of them is a circle for whoever reads.
 *
 * @param root - The repository, or a tree that is laid out like it.
 * @param under - Folders and files of it to look at.
 */
export const importFaults = async (root: string, under: readonly string[]): Promise<string[]> => {
  const { output } = await cruise(
    [...under],
    {
      baseDir: root,
      ruleSet: { forbidden: rules.map((rule) => ({ severity: 'error', ...rule })) },
      validate: true,
      tsPreCompilationDeps: true,
      doNotFollow: { path: ['node_modules', '/dist/'] },
      exclude: { path: '/dist/' },
    },
    { conditionNames: ['@rtmp/source', 'import'], exportsFields: ['exports'], extensions: ['.ts', '.js'] },
  )
  if (typeof output === 'string') throw new Error('dependency-cruiser has answered with a text')
  const found = output.summary.violations.map(({ rule, from, to, cycle }) =>
    cycle === undefined
      ? `${from}: imports ${to} (${rule.name})`
      : `${[from, ...cycle.map(({ name }) => name)].join(' → ')} (${rule.name})`,
  )
  return [...new Set(found)]
}
