// Writes what package-metadata.ts knows into every published package. Run from anywhere; changes nothing the second time.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { manifestOf, metadataOf, published, readmeOf, root, TOO_OLD, tooOldText } from './package-metadata.ts'

/** Fields that come behind `license`, in this order, when they are new. */
const written = (
  old: Readonly<Record<string, unknown>>,
  fields: Readonly<Record<string, unknown>>,
): string => {
  const entries = Object.entries({ ...old, ...fields })
  const isNew = ([key]: [string, unknown]): boolean => !(key in old)
  const at = 1 + entries.findIndex(([key]) => key === 'license')
  const kept = entries.filter((entry) => !isNew(entry))
  return `${JSON.stringify(Object.fromEntries([...kept.slice(0, at), ...entries.filter(isNew), ...kept.slice(at)]), null, 2)}\n`
}

for (const [name, folder] of published) {
  const path = join(root, folder, 'package.json')
  const text = written(manifestOf(folder), metadataOf(name, folder))
  if (text !== readFileSync(path, 'utf8')) writeFileSync(path, text)
  writeFileSync(join(root, folder, TOO_OLD), tooOldText)
  writeFileSync(join(root, folder, 'README.md'), readmeOf(folder))
}
