import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { HOOK_NAMES } from '../../src/contract/hooks.ts'

test('the page on hooks lists those that there are', () => {
  const page = readFileSync(new URL('../../../../docs/hooks.md', import.meta.url), 'utf8')
  const rows = page.split('\n').filter((line) => line.startsWith('| `'))
  const named = rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name),
  )
  expect(named).toEqual([...HOOK_NAMES])
})
