import { readFileSync } from 'node:fs'
import { Validator } from '@seriousme/openapi-schema-validator'
import { expect, test } from 'vitest'
import { openApiDocument } from '../write-openapi.ts'

test('packages/server/openapi.json is what routes and types say, and valid; if not: npx tsx --conditions=@rtmp/source scripts/write-openapi.ts', async () => {
  const kept = JSON.parse(
    readFileSync(new URL('../../packages/server/openapi.json', import.meta.url), 'utf8'),
  ) as Record<string, unknown>
  expect(kept).toEqual(JSON.parse(JSON.stringify(openApiDocument())))
  const { valid, errors } = await new Validator().validate(kept)
  expect(errors ?? []).toEqual([])
  expect([valid, kept['openapi']]).toEqual([true, '3.1.0'])
})
