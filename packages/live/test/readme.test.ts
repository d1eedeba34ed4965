import { readRepoFile } from '@rtmp/testkit'
import { expect, test } from 'vitest'
import * as live from '../src/index.ts'

test('the example of the README does what it says', async () => {
  const text = new TextDecoder().decode(await readRepoFile('packages/live/README.md'))
  const code = /```ts\n([\s\S]*?)```/.exec(text)?.[1] ?? ''
  // What is logged stands behind the example.
  const promised = [...code.matchAll(/^\/\/ (\w+ \w+)$/gm)].map(([, words]) => words)
  expect(promised.length).toBe(2)
  const logged: string[] = []
  const body = code.replace(/import \{(.*)\} from '@rtmp\/live'/, 'const {$1} = live')
  const AsyncFunction = (async () => {}).constructor as new (
    ...args: string[]
  ) => (...args: unknown[]) => Promise<void>
  await new AsyncFunction('live', 'console', body)(live, {
    log: (...words: unknown[]) => logged.push(words.join(' ')),
  })
  expect(logged).toEqual(promised)
})
