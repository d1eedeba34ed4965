import { expect, test } from 'vitest'
import { workerFlags } from '../../src/node/workers/worker-flags.ts'

test('workers have the flags of the primary, and a young generation of a part of the work', () => {
  expect(workerFlags([])).toEqual(['--max-semi-space-size=4'])
  expect(workerFlags(['--import', 'tsx'], '--enable-source-maps')).toEqual([
    '--import',
    'tsx',
    '--max-semi-space-size=4',
  ])
})

test('whoever has set it himself has it as he set it', () => {
  expect(workerFlags(['--max-semi-space-size=32'])).toEqual(['--max-semi-space-size=32'])
  expect(workerFlags(['--max_semi_space_size', '32'])).toEqual(['--max_semi_space_size', '32'])
  expect(workerFlags(['--no-warnings'], '--max-semi-space-size=64')).toEqual(['--no-warnings'])
})
