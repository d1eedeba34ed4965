import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { statesPage } from '../draw-states.ts'

test('docs/states.md is what the tables say (else: pnpm tsx scripts/draw-states.ts)', async () => {
  expect(await readFile(new URL('../../docs/states.md', import.meta.url), 'utf8')).toBe(statesPage())
})
