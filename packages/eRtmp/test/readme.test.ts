import { readRepoFile } from '@rtmp/testkit'
import { expect, test } from 'vitest'
import * as ertmp from '../src/index.ts'

test('the example of the README does what it says', async () => {
  const text = new TextDecoder().decode(await readRepoFile('packages/eRtmp/README.md'))
  const code = /```ts\n([\s\S]*?)```/.exec(text)?.[1] ?? ''
  expect(code.split('\n').length).toBeLessThanOrEqual(16)
  // What a line logs stands behind it.
  const promised = [...code.matchAll(/console\.log\(.*\/\/ (.*)$/gm)].map(([, words]) => words)
  expect(promised.length).toBe(2)
  const logged: string[] = []
  const body = code.replace(/import \{(.*)\} from '@rtmp\/e-rtmp'/, 'const {$1} = ertmp')
  // oxlint-disable-next-line typescript/no-implied-eval -- the code is this repository's own
  const run = new Function('ertmp', 'console', body) as (module: object, console: object) => void
  run(ertmp, { log: (...words: unknown[]) => logged.push(words.join(' ')) })
  expect(logged).toEqual(promised)
})
