import { expect, test } from 'vitest'

import { args } from '../src/args.ts'

test('text is cut at white space, values stay whole', () => {
  const none: readonly string[] = []
  expect(args`-i ${'my file.flv'}
    -t ${2} ${none} ${['-a', 'b c']} location=${'x y'} live=1 ${undefined} -end`).toEqual([
    '-i',
    'my file.flv',
    '-t',
    '2',
    '-a',
    'b c',
    'location=x y',
    'live=1',
    '-end',
  ])
})
