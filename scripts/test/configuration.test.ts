import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { configurationPage } from '../write-configuration.ts'
import { configurationJsonSchema } from '../write-configuration-schema.ts'

test('docs/configuration.md is what the schema says; if not: npx tsx --conditions=@rtmp/source scripts/write-configuration.ts', () => {
  const written = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8')
  expect(written).toBe(configurationPage())
})

test('schema.json is what the schema says; if not: npx tsx --conditions=@rtmp/source scripts/write-configuration-schema.ts', () => {
  const written = readFileSync(new URL('../../packages/server/schema.json', import.meta.url), 'utf8')
  expect(written).toBe(configurationJsonSchema())
})
