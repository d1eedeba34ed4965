// Fails on any import between packages or rooms of the server that the map in docs/architecture.md does not allow, on
// circles of files, type imports counted, and on files that are too long.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { importFaults } from './import-faults.ts'
import { allowed, bundled, folders, pure, unpublished } from './layers.ts'
import { longFiles } from './long-files.ts'

const root = new URL('..', import.meta.url).pathname
const faults: string[] = []

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

for (const [name, folder] of Object.entries(folders)) {
  const inside = Object.keys(unpublished).filter((folder) => unpublished[folder]?.includes(name))
  const may = new Set([...(allowed[name] ?? []), ...inside])
  const manifest = JSON.parse(
    readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8'),
  ) as Manifest
  const named = bundled.has(name)
    ? { ...manifest.dependencies, ...manifest.devDependencies }
    : manifest.dependencies
  const dependencies = Object.keys(named ?? {})
  for (const dependency of dependencies) {
    const sibling = /^@rtmp\/(.+)$/.exec(dependency)?.[1]
    if (sibling !== undefined && !may.has(sibling))
      faults.push(`${name}: package.json depends on ${dependency}`)
    if (sibling === undefined && pure.has(name))
      faults.push(`${name}: runtime dependency ${dependency}, must have none`)
  }
  for (const file of sources(join(root, 'packages', folder, 'src'))) {
    for (const specifier of importsOf(readFileSync(file, 'utf8'))) {
      const where = file.slice(root.length)
      const sibling = /^@rtmp\/([^/]+)/.exec(specifier)?.[1]
      if (sibling !== undefined && !may.has(sibling)) faults.push(`${where}: imports ${specifier}`)
      if (sibling !== undefined && !inside.includes(sibling) && !dependencies.includes(`@rtmp/${sibling}`)) {
        faults.push(`${where}: imports ${specifier}, which package.json does not name`)
      }
      if (specifier.startsWith('node:') && (pure.has(name) || !where.includes('/src/node/'))) {
        faults.push(`${where}: imports ${specifier} outside a node/ folder`)
      }
    }
  }
}

for (const folder of Object.keys(unpublished)) {
  for (const file of sources(join(root, folder, 'src'))) {
    for (const specifier of importsOf(readFileSync(file, 'utf8'))) {
      if (specifier.startsWith('@rtmp/')) faults.push(`${file.slice(root.length)}: imports ${specifier}`)
    }
  }
}

faults.push(...(await importFaults(root, ['packages'])), ...longFiles(root))

for (const fault of faults) console.error(fault)
console.log(
  faults.length === 0
    ? 'layers: every import is allowed, no circles, no file too long'
    : `layers: ${faults.length} faults`,
)
process.exitCode = faults.length === 0 ? 0 : 1

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => join(folder, file))
}

function importsOf(source: string): string[] {
  return [...source.matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)].map((match) => match[1] ?? '')
}
