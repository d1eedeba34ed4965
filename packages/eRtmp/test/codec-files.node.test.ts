import { readdir } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { AUDIO_CODECS, VIDEO_CODECS } from '../src/codecs/list.ts'

test('every codec with a file of its own is in the list, once', async () => {
  const shared = [
    'codec.ts',
    'hevc-error-code.ts',
    'hevc-sps.ts',
    'list.ts',
    'nal-units.ts',
    'obu.ts',
    'vp-config.ts',
    'vvc-sps.ts',
  ]
  const files = (await readdir(new URL('../src/codecs/', import.meta.url))).filter(
    (file) => !shared.includes(file),
  )
  const names = [...VIDEO_CODECS, ...AUDIO_CODECS].map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  const inFiles = files.map((file) => file.replace('.ts', ''))
  // Two files hold two variants of a codec each.
  const variants: Readonly<Record<string, string>> = { flashsv2: 'flashsv', vp6f: 'vp6', vp6a: 'vp6' }
  expect([...new Set(names.map((name) => variants[name] ?? name))].sort()).toEqual(inFiles.sort())
})
