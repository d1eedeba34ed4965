import { expect, test } from 'vitest'
import { fileShape } from '../../src/node/record/file-shape.ts'

test.each([
  ['rec/{path}/{start}.{ext}', 'rec/live/show/2026-01-02.mp4', true],
  ['rec/{path}/{start}.{ext}', 'rec/live/show/2026-01-02-2.mp4', true],
  ['rec/{path}/{start}.{ext}', 'rec/show.mp4', false],
  ['rec/{path}/{start}.{ext}', 'rec//x.mp4', false],
  ['rec/{path}/{start}.{ext}', 'other/live/x.mp4', false],
  ['rec/{path}/{start}.{ext}', 'rec/live/x.', false],
  ['rec/{start}-cam.mp4', 'rec/12-cam.mp4', true],
  ['rec/{start}-cam.mp4', 'rec/12-cam-3.mp4', true],
  ['rec/{start}-cam.mp4', 'rec/12-cam-.mp4', false],
  ['rec/{start}-cam.mp4', 'rec/12-cam-3x.mp4', false],
  ['rec/{start}-cam.mp4', 'rec/12-cam3.mp4', false],
  ['rec/{start}-cam.mp4', 'rec/-cam.mp4', false],
  ['rec/{start}-cam.mp4', 'rec/12-camXmp4', false],
  ['rec/{start}-cam.mp4', 'rec/12-cam.mp4\n', false],
  ['rec/{a}-{b}.flv', 'rec/a-b.flv', true],
  ['rec/{a}-{b}.flv', 'rec/a\n-b.flv', true],
  ['rec/{a}-{b}.flv', 'rec/a-.flv', false],
  ['rec/{a}-{b}.flv', 'rec/a--.flv', true],
  ['rec/(x)*{a}.flv', 'rec/(x)*1.flv', true],
  ['rec/(x)*{a}.flv', 'rec/x1.flv', false],
  ['rec/one.flv', 'rec/one.flv', true],
  ['rec/one.flv', 'rec/one-12.flv', true],
  ['rec/one.flv', 'rec/ones.flv', false],
  ['rec/{path}/{start}', 'rec/live/12', true],
  ['rec/{path}/{start}', 'rec/live/', false],
] as const)('what is named by %s could be %j: %s', (template, file, fits) => {
  expect(fileShape(template)(file)).toBe(fits)
})

test('a long name that almost fits takes no time, whatever the template', () => {
  const fits = fileShape('rec/{app}/{streamName}/{date}/{hour}/{minute}-{start}.{ext}')
  expect(fits(`rec/${'a/'.repeat(1000)}x.mp4`)).toBe(false)
  expect(fits(`rec/${'a/'.repeat(1000)}x-y.mp4`)).toBe(true)
})
