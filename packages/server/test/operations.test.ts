import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { loadConfiguration } from '../src/config/load.ts'
import { CONFIGURATION_OPTIONS } from '../src/config/option.ts'
import { serverOptionsOf } from '../src/config/server-options.ts'

const read = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')
const page = read('docs/operations.md')
const blocks = [...page.matchAll(/```yaml\n([^]*?)```/g)].map(([, text = '']) => text)
const readme = read('packages/server/README.md')

describe('docs/operations.md', () => {
  test('its configurations are valid', () => {
    const configurations = [
      ...blocks,
      ...[...readme.matchAll(/```yaml\n([^]*?)```/g)].map(([, text = '']) => text),
    ].filter((text) => !text.startsWith('groups:'))
    expect(configurations.length).toBeGreaterThan(2)
    for (const text of configurations) {
      const loaded = loadConfiguration({ file: { name: 'the page', value: parse(text) as unknown } })
      expect(loaded.ok ? [] : loaded.problems).toEqual([])
      if (loaded.ok) expect(serverOptionsOf(loaded.configuration)).toBeDefined()
    }
  })

  test('its alerts are about metrics that there are', () => {
    const metrics = read('packages/server/src/node/http/metrics.ts')
    const named = blocks.flatMap((text) => text.match(/\brtmp_\w+/g) ?? [])
    expect(named.length).toBeGreaterThan(5)
    expect(named.filter((name) => !metrics.includes(`'${name}'`))).toEqual([])
  })

  test('options and variables that it names are there', () => {
    const paths = CONFIGURATION_OPTIONS.map(({ path }) => path.join('.'))
    const variables = new Set(CONFIGURATION_OPTIONS.map(({ variable }) => variable))
    const sections = new Set(CONFIGURATION_OPTIONS.map(({ path }) => path[0]))
    const named = [...page.matchAll(/`(\w+(?:\.\w+)+)(?:: \w+)?`/g)].flatMap(([, name = '']) =>
      sections.has(name.split('.')[0]) ? [name] : [],
    )
    expect(named.length).toBeGreaterThan(10)
    expect(
      named.filter((name) => !paths.some((path) => path === name || path.startsWith(`${name}.`))),
    ).toEqual([])
    const used = page.match(/\bRTMP_[A-Z_]+/g) ?? []
    expect(used.filter((name) => !variables.has(name))).toEqual([])
  })

  test('its reasons are those of the session', () => {
    const reasons = read('packages/session/src/end-reason.ts')
    const table = /\| `reason` \|[^]*?\n\n/.exec(page)?.[0] ?? ''
    const named = [...table.matchAll(/^\| (`\w+`(?:, `\w+`)*) \|/gm)].flatMap(
      ([, cell = '']) => cell.match(/\w+/g) ?? [],
    )
    expect(named.filter((name) => name !== 'reason' && !reasons.includes(`'${name}'`))).toEqual([])
    expect(named.length).toBeGreaterThan(8)
  })
})
