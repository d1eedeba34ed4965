// Packs, into the folder given, those packages whose version the registry does not have, and writes their order: each behind
// those it stands on. For a workflow it says whether there are any.
import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const [folder = 'packed'] = process.argv.slice(2)
const root = join(import.meta.dirname, '../..')
const manifests = new Map(
  readdirSync(join(root, 'packages')).map((name) => {
    const manifest = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'))
    return [manifest.name, { ...manifest, folder: join(root, 'packages', name) }]
  }),
)

const isPublished = ({ name, version }) => {
  try {
    return (
      execFileSync('npm', ['view', `${name}@${version}`, 'version'], {
        encoding: 'utf8',
        stdio: 'pipe',
      }).trim() === version
    )
  } catch (error) {
    if (String(error.stderr).includes('E404')) return false
    throw error
  }
}

const ordered = new Set()
const visit = (name) => {
  const manifest = manifests.get(name)
  if (manifest === undefined || ordered.has(manifest)) return
  Object.keys(manifest.dependencies ?? {}).forEach(visit)
  ordered.add(manifest)
}
;[...manifests.keys()].forEach(visit)

mkdirSync(folder, { recursive: true })
const packed = [...ordered]
  .filter((manifest) => manifest.version !== '0.0.0' && !isPublished(manifest))
  .map((manifest) => {
    const args = ['pack', '--json', '--pack-destination', resolve(folder)]
    const output = execFileSync(join(root, 'node_modules/.bin/pnpm'), args, {
      cwd: manifest.folder,
      encoding: 'utf8',
    })
    return JSON.parse(output).filename.split('/').at(-1)
  })
writeFileSync(join(folder, 'order.txt'), packed.map((name) => `${name}\n`).join(''))
console.log(packed.length === 0 ? 'Every version is published.' : packed.join('\n'))
if (process.env.GITHUB_OUTPUT !== undefined)
  appendFileSync(process.env.GITHUB_OUTPUT, `any=${packed.length > 0}\n`)
