// What packages say of themselves, and what will be said of their first release.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  manifestOf,
  metadataOf,
  published,
  readmeOf,
  root,
  TOO_OLD,
  tooOldText,
} from '../package-metadata.ts'

describe.each(published)('@rtmp/%s', (name, folder) => {
  const manifest = manifestOf(folder)

  test('has what npx tsx scripts/write-package-metadata.ts writes', () => {
    expect(manifest).toMatchObject(metadataOf(name, folder))
    expect(readFileSync(join(root, folder, TOO_OLD), 'utf8')).toBe(tooOldText)
    expect(readFileSync(join(root, folder, 'README.md'), 'utf8')).toBe(readmeOf(folder))
  })

  test('can be found: a description of one line and words that people search for', () => {
    expect(manifest.name).toBe(`@rtmp/${name}`)
    expect(manifest.description).toMatch(/^\S.{20,140}$/)
    expect(new Set(manifest.keywords).size).toBe(manifest.keywords.length)
    expect(manifest.keywords.length).toBeGreaterThanOrEqual(5)
  })

  test('needs nothing when it is installed but what is in its tarball or the registry', () => {
    const { dependencies = {}, scripts = {} } = manifest as {
      scripts?: Readonly<Record<string, string>>
    } & typeof manifest
    for (const hook of ['preinstall', 'install', 'postinstall', 'prepare'])
      expect(scripts).not.toHaveProperty(hook)
    for (const [other, range] of Object.entries(dependencies)) {
      expect(range).toMatch(other.startsWith('@rtmp/') ? /^workspace:\^$/ : /^\d+\.\d+\.\d+$/)
    }
  })

  test('has one entry for its first release', () => {
    if (manifest.version !== '0.0.0') return
    expect(readFileSync(join(root, '.changeset', `first-${name}.md`), 'utf8')).toMatch(
      new RegExp(`^---\\n'@rtmp/${name}': minor\\n---\\n\\nFirst release: `),
    )
  })
})

test('private folders are not published, and get no versions', () => {
  const folders = [
    'settings',
    'testkit',
    'interop',
    'bench',
    'fuzz',
    ...readdirSync(join(root, 'examples'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `examples/${name}`),
  ]
  for (const folder of folders) expect(manifestOf(folder)).toMatchObject({ private: true, version: '0.0.0' })
  const config = JSON.parse(readFileSync(join(root, '.changeset/config.json'), 'utf8')) as object
  expect(config).toMatchObject({ privatePackages: { version: false, tag: false } })
})
