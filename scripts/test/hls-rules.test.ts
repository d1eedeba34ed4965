import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const page = readFileSync(`${root}docs/hls.md`, 'utf8')
const rows = [...page.matchAll(/^\| (\d[\d., ]*) \| (.+) \| (.+) \|$/gm)].map(
  ([, section = '', rule = '', proof = '']) => ({ section, rule, proof }),
)

/** The tests that a rule can name. */
const sources = ['packages/hls/test', 'interop/test']
  .flatMap((folder) => readdirSync(`${root}${folder}`).map((file) => `${root}${folder}/${file}`))
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => readFileSync(file, 'utf8'))

const hasTest = (title: string): boolean =>
  sources.some((source) => [`'${title}',`, `"${title}",`].some((text) => source.includes(text)))

describe('docs/hls.md', () => {
  test('names what proves it with every rule', () => {
    expect(rows.length).toBeGreaterThan(40)
    expect(rows.filter(({ proof }) => !/^(?:Rules\b|“)/.test(proof))).toEqual([])
  })

  test('names only tests that are there', () => {
    const titles = rows.flatMap(({ proof }) =>
      [...proof.matchAll(/“([^”]+)”/g)].map(([, title = '']) => title),
    )
    expect(titles.length).toBeGreaterThan(30)
    expect(titles.filter((title) => !hasTest(title))).toEqual([])
  })

  test('names only files that exist', () => {
    const files = [...page.matchAll(/`((?:packages|interop)\/[^`]+\.ts)`/g)].map(([, file = '']) => file)
    expect(files.length).toBeGreaterThan(5)
    expect(files.filter((file) => !existsSync(`${root}${file}`))).toEqual([])
  })
})
