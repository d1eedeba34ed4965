import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Ajv } from 'ajv'
import { parse } from 'yaml'
import { expect, onTestFinished, test } from 'vitest'
import { loadConfiguration } from '../../src/config/load.ts'
import { readConfiguration } from '../../src/node/configured.ts'
import { firstConfiguration } from '../../src/node/first-configuration.ts'

const schema = JSON.parse(readFileSync(new URL('../../schema.json', import.meta.url), 'utf8')) as object
const validate = new Ajv({ strict: false }).compile(schema)

/** Everything in the first file, with what stands in comments. */
const all = firstConfiguration('./x.json').replaceAll(/^# (?=[a-z ]+:|\s|-)/gm, '')

test.each([
  ['the first file', firstConfiguration('./x.json')],
  ['the first file, its comments taken in', all],
  ['an editor’s $schema', '{ "$schema": "./rtmp.schema.json", "rtmp": { "port": "off" } }'],
])('%s is a configuration, and its schema says so', async (_, text) => {
  const path = join(await mkdtemp(join(tmpdir(), 'rtmp-schema-')), 'rtmp.yaml')
  onTestFinished(() => rm(dirname(path), { recursive: true }))
  await writeFile(path, text)
  await expect(readConfiguration(path, {}, {})).resolves.toBeDefined()
  validate(parse(text))
  expect(validate.errors).toBeNull()
})

test.each([
  ['a word too much', { rtmp: { prot: 1935 } }],
  ['a port that is none', { rtmp: { port: 70_000 } }],
  ['a word that is no choice', { log: { level: 'loud' } }],
  ['a text for a number', { limits: { connections: 'many' } }],
  ['a rule with a word too much', { relays: [{ pulll: 'rtmp://a/b' }] }],
])('%s is neither', (_, value) => {
  expect(loadConfiguration({ file: { name: 'rtmp.yaml', value } }).ok).toBe(false)
  expect(validate(value)).toBe(false)
})
