// `npm run version`: gives packages their next versions and changelogs from what .changeset/ says. Nobody has what was never
// released: of a package that was not, only its first entry (first-<name>.md) counts, and later ones about it are left out.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const root = process.cwd()
const packages = readdirSync(join(root, 'packages')).map((folder) =>
  JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8')),
)
const unreleased = new Set(packages.filter(({ version }) => version === '0.0.0').map(({ name }) => name))

for (const file of readdirSync(join(root, '.changeset'))) {
  if (!file.endsWith('.md') || file === 'README.md' || file.startsWith('first-')) continue
  const path = join(root, '.changeset', file)
  const [, head = '', body = ''] = /^---\n([\s\S]*?)---\n([\s\S]*)$/.exec(readFileSync(path, 'utf8')) ?? []
  const lines = head.split('\n').filter((line) => line.trim() !== '')
  const kept = lines.filter((line) => !unreleased.has(line.split(':')[0].replaceAll(/['"\s]/g, '')))
  if (kept.length === lines.length) continue
  console.log(
    `${file}: ${lines.length - kept.length} of its packages were never released; their first entries stand.`,
  )
  if (kept.length === 0) rmSync(path)
  else writeFileSync(path, `---\n${kept.join('\n')}\n---\n${body}`)
}

const changeset = join(import.meta.dirname, '../../node_modules/.bin/changeset')
const { status } = spawnSync(existsSync(changeset) ? changeset : 'changeset', ['version'], {
  cwd: root,
  stdio: 'inherit',
})
process.exit(status ?? 1)
