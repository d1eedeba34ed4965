import * as ertmp from '@rtmp/e-rtmp'
import { readRepoFile } from '@rtmp/testkit'
import { expect, test } from 'vitest'
import * as cmaf from '../src/index.ts'

test('the example of the README does what it says', async () => {
  const text = new TextDecoder().decode(await readRepoFile('packages/cmaf/README.md'))
  const code = /```ts\n([\s\S]*?)```/.exec(text)?.[1] ?? ''
  expect(code.split('\n').length).toBeLessThanOrEqual(20)
  const [init, fragment] = [...code.matchAll(/console\.log\(.*\/\/ (.*)$/gm)].map(([, words]) => words)
  const logged: string[] = []
  const body = code
    .replace(/import \{(.*)\} from '@rtmp\/cmaf'/, 'const {$1} = cmaf')
    .replace(/import \{(.*)\} from '@rtmp\/e-rtmp'/, 'const {$1} = ertmp')
    .replace('as const', '')
  // oxlint-disable-next-line typescript/no-implied-eval -- the code is this repository's own
  const run = new Function('cmaf', 'ertmp', 'console', body) as (...modules: object[]) => void
  run(cmaf, ertmp, { log: (...words: unknown[]) => logged.push(words.join(' ')) })
  expect(logged.length).toBe(3)
  expect(logged[0]).toBe(init)
  expect(logged[1]?.replace(/(\.\d\d)\d+/, '$1…')).toBe(fragment)
})
