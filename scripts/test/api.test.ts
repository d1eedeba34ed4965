// What each entry point promises, held against the reports that are checked in: a change of it is seen where it is made. `npm run api`
// writes them.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { type ApiReport, apiReports } from '../api-reports.ts'
import { folders } from '../layers.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
let reports: readonly ApiReport[] = []

beforeAll(() => {
  reports = apiReports()
}, 300_000)

describe('what the packages promise', () => {
  test('is what the reports say: npm run api writes them anew', () => {
    const changed = reports.filter(
      ({ file, text }) => !existsSync(root + file) || readFileSync(root + file, 'utf8') !== text,
    )
    expect(changed.map(({ file }) => file)).toEqual([])
    const known = new Set(reports.map(({ file }) => file))
    const files = Object.values(folders).flatMap((folder) =>
      readdirSync(`${root}packages/${folder}/api`).map((name) => `packages/${folder}/api/${name}`),
    )
    expect(files.filter((file) => !known.has(file))).toEqual([])
    expect(reports.length).toBeGreaterThan(40)
  })

  test('leads to no type that cannot be imported', () => {
    expect(reports.flatMap(({ name, forgotten }) => forgotten.map((type) => `${name}: ${type}`))).toEqual([])
  })

  test('has nothing internal in it', () => {
    expect(reports.filter(({ text }) => /@internal|@alpha|@beta/.test(text)).map(({ name }) => name)).toEqual(
      [],
    )
  })

  test('is at most ninety names of the server', () => {
    expect(reports.find(({ name }) => name === '@rtmp/server')?.exports.length).toBeLessThanOrEqual(90)
  })
})
