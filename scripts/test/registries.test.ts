import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { published, root } from '../package-metadata.ts'
import { codesOf, isSilent } from '../registries/error-codes.ts'
import { REGISTRIES } from '../write-registries.ts'

test.each(Object.entries(REGISTRIES))(
  'docs/%s is what the sources say; if not: npx tsx --conditions=@rtmp/source scripts/write-registries.ts',
  (name, page) => {
    expect(readFileSync(join(root, 'docs', name), 'utf8')).toBe(page())
  },
)

test('every code says what it means', () => {
  const silent = published.flatMap(([name, folder]) =>
    codesOf(folder).flatMap(({ code, meaning }) => (isSilent(meaning) ? [`@rtmp/${name}: ${code}`] : [])),
  )
  expect(silent).toEqual([])
})

test('every code that a README names is among them', () => {
  const known = new Set(published.flatMap(([, folder]) => codesOf(folder).map(({ code }) => code)))
  const missing = published.flatMap(([name, folder]) => {
    const readme = readFileSync(join(root, folder, 'README.md'), 'utf8')
    const errors = /^## Errors\n([^]*?)(?=^## |$(?![^]))/m.exec(readme)?.[1] ?? ''
    const named = [...errors.matchAll(/`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)`/g)].map(([, code = '']) => code)
    return named.filter((code) => !known.has(code)).map((code) => `@rtmp/${name}: ${code}`)
  })
  expect(missing).toEqual([])
})

test('what differs in a line of the log has a name', () => {
  const lines = REGISTRIES['events.md']?.().split('\n') ?? []
  expect(lines.filter((line) => line.startsWith('| `') && line.includes('…'))).toEqual([])
})

test('every line of the log has a level and words, and every metric a help', () => {
  // Metrics without labels, and requests that take nothing, have empty cells.
  const mayBeEmpty = new Set(['metrics.md', 'http-api.md'])
  const empty = Object.entries(REGISTRIES).flatMap(([name, page]) =>
    page()
      .split('\n')
      .filter((line) => line.startsWith('| `') && !mayBeEmpty.has(name) && line.includes('|  |'))
      .map((line) => `${name}: ${line}`),
  )
  expect(empty).toEqual([])
})
