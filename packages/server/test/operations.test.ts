import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { loadConfiguration } from '../src/config/load.ts'
import { CONFIGURATION_OPTIONS } from '../src/config/option.ts'
import { serverOptionsOf } from '../src/node/server-options.ts'
import { liveConfiguration } from '../src/node/live.ts'
import { Log } from '../src/node/log.ts'
import { eventually, startServer } from './node/arrange.ts'

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
      const loaded = loadConfiguration({
        file: { name: 'the page', value: parse(text) as Record<string, unknown> },
      })
      expect(loaded.ok ? [] : loaded.problems).toEqual([])
      if (loaded.ok) expect(serverOptionsOf(loaded.configuration)).toBeDefined()
    }
  })

  test('its examples of administration do what they say', async () => {
    const { server, client } = await startServer({ http: { port: 0, host: '127.0.0.1', token: 'a-token' } })
    const loaded = loadConfiguration({})
    if (loaded.ok) liveConfiguration(loaded.configuration, server, new Log('silent'))
    for (const name of ['show', 'concert']) await (await client().open()).publish(name)
    const examples = [...page.matchAll(/^curl (.*?)(?: +#.*)?$/gm)].map(([, text = '']) => text)
    expect(examples.length).toBeGreaterThan(10)
    for (const text of examples) {
      const path = /\$API(\/[^\s"]+)/.exec(text)?.[1] ?? ''
      const body = / -d '(.*)'/.exec(text)?.[1]
      const method = / ?-X (\w+)/.exec(text)?.[1] ?? (body === undefined ? 'GET' : 'POST')
      expect(text.includes('-H "$JSON"')).toBe(body !== undefined)
      const response = await fetch(`http://127.0.0.1:${server.address('http')?.port}/_/api${path}`, {
        method,
        headers: {
          authorization: 'Bearer a-token',
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body }),
      })
      const answer = `${response.status} ${await response.text()}`
      expect([text, answer]).toEqual([
        text,
        expect.stringMatching(path.startsWith('/connections/42') ? /^404 .*no connection 42/ : /^20\d /),
      ])
    }
    await eventually('the end of the drain', () => server.address('http') === undefined)
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
