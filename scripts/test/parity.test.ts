import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const page = readFileSync(`${root}docs/parity.md`, 'utf8')

/** The ids of the checklist: letter and numbers, gaps included as the list has them. */
const CHECKLIST: Readonly<Record<string, string>> = {
  R: '1-16 20-42 45-48 50-61 70-80 85-87 90-93 100-115 120-127',
  X: '1-9 20-34 40-48 60-70 80-85 90-101 110-117',
  M: '1-9 20-27 40-45 60-67',
  L: '1-17',
  G: '1-3',
  N: '1-17 20-27 30-46',
}

const idsOf = (letter: string, ranges: string): string[] =>
  ranges.split(' ').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map(Number)
    const digits = letter === 'N' ? 2 : 3
    return Array.from(
      { length: last - first + 1 },
      (_, i) => `${letter}-${String(first + i).padStart(digits, '0')}`,
    )
  })

const wanted = Object.entries(CHECKLIST).flatMap(([letter, ranges]) => idsOf(letter, ranges))
const rows = [...page.matchAll(/^\| ([A-Z]-\d+) \| (.+?) \| (.+) \|$/gm)].map(
  ([, id = '', , proof = '']) => ({
    id,
    proof,
  }),
)

describe('docs/parity.md', () => {
  test('has every row of the checklist once, and no other', () => {
    const found = rows.map(({ id }) => id)
    expect(found.filter((id, i) => found.indexOf(id) !== i)).toEqual([])
    expect(found.toSorted((a, b) => a.localeCompare(b))).toEqual(
      wanted.toSorted((a, b) => a.localeCompare(b)),
    )
  })

  test('names a test, a command, or a reason in every row', () => {
    const bare = rows.filter(({ proof }) => !/\]\(|`npm run|left out: .|not yet: .|no test can/.test(proof))
    expect(bare).toEqual([])
  })

  test('names a test by its title in every row, but where a command or a reason stands', () => {
    const untold = rows.filter(({ proof }) => !/“|^left out: |^no test can|^not yet: |^`npm run/.test(proof))
    expect(untold).toEqual([])
  })

  test('names only tests that are in the file it names', () => {
    const missing: string[] = []
    let count = 0
    for (const [, path = '', list = ''] of page.matchAll(/\]\(\.\.\/([^)]+)\): ((?:“[^”]+”(?:; )?)+)/g)) {
      const source = readFileSync(`${root}${path}`, 'utf8')
      for (const [, title = ''] of list.matchAll(/“([^”]+)”/g)) {
        count += 1
        if (
          !new RegExp(`\\(\\s*['"\`]${title.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&')}['"\`],`).test(source)
        )
          missing.push(`${path}: ${title}`)
      }
    }
    expect(count).toBeGreaterThan(200)
    expect(missing).toEqual([])
  })

  test('names only files that exist', () => {
    const links = [...page.matchAll(/\]\(\.\.\/([^)]+)\)/g)].map(([, path = '']) => path)
    const paths = [...page.matchAll(/`((?:packages|scripts)\/[^`]+)`/g)].map(([, path = '']) => path)
    expect(links.length).toBeGreaterThan(300)
    expect([...links, ...paths].filter((path) => !existsSync(`${root}${path}`))).toEqual([])
  })
})
