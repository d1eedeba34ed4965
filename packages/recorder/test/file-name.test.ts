import { isUsageError } from '@rtmp/bytes'
import fc from 'fast-check'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { fileName, finishedName, rootOf, safeName, unfinishedName } from '../src/index.ts'

const parts = {
  path: 'live/show',
  startedAt: Date.UTC(2026, 10, 30, 5, 6, 7, 89),
  index: 3,
  extension: 'flv',
}

test('names say what the template asks for', () => {
  expect(fileName('/data/{path}/{start}.{ext}', parts)).toBe('/data/live/show/2026-11-30T05-06-07.089Z.flv')
  expect(fileName('r/{app}/{streamName}-{date}-{time}-{index}.{ext}', parts)).toBe(
    'r/live/show-2026-11-30-05-06-07.089-3.flv',
  )
  expect(fileName('{path}.{ext}', parts)).toBe('live/show.flv')
  expect(rootOf('/data/x{path}.flv')).toBe('/data')
  expect(rootOf('/{path}.flv')).toBe('/')
})

test.each(['', 'folder/', '{nothing}.flv', 'a/{path}/../x.flv'])('%j is no template', (template) => {
  expect(() => rootOf(template)).toThrowError(expect.toSatisfy(isUsageError))
})

describe('whatever a stream is called', () => {
  const segment = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 400 }),
    fc.constantFrom(
      '.',
      '..',
      '...',
      'CON',
      'nul.txt',
      'a/..',
      '%2E',
      '\0',
      '~',
      'x'.repeat(300),
      '🎥'.repeat(90),
    ),
  )

  test('its files stay below the folder, in names that file systems take', () => {
    fc.assert(
      fc.property(fc.array(segment, { minLength: 1, maxLength: 4 }), (segments) => {
        const path = segments.join('/')
        const name = fileName('/data/rec/{path}/{streamName}.{ext}', { ...parts, path })
        expect(resolve(name)).toBe(name)
        expect(name.startsWith('/data/rec/')).toBe(true)
        for (const part of name.split('/').slice(1)) {
          expect(part).not.toMatch(/^\.|[\\:*?"<>|\0]/)
          expect(Buffer.byteLength(part)).toBeLessThanOrEqual(210)
          expect(part).not.toBe('')
        }
      }),
    )
  })

  test('two segments have two names', () => {
    const short = segment.filter((one) => Buffer.byteLength(one) <= 60)
    fc.assert(
      fc.property(short, short, (a, b) => {
        // Half a character is no UTF-8, and so no name.
        fc.pre(a !== b && [a, b].every((one) => Buffer.from(one).toString() === one))
        expect(safeName(a)).not.toBe(safeName(b))
      }),
    )
  })
})

test('an unfinished file is known by its name, and by that its own', () => {
  expect(unfinishedName('a.b/show.mp4')).toBe('a.b/show.part.mp4')
  expect(finishedName('a.b/show.part.mp4')).toBe('a.b/show.mp4')
  expect(unfinishedName('a.b/show')).toBe('a.b/show.part')
  expect(finishedName('a.b/show.part')).toBe('a.b/show')
  expect(finishedName('a.b/show.mp4')).toBeUndefined()
})
