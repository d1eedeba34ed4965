import * as fs from 'node:fs/promises'
import * as os from 'node:os'
import * as ertmp from '@rtmp/e-rtmp'
import { readRepoFile } from '@rtmp/testkit'
import { expect, test } from 'vitest'
import * as recorder from '../src/index.ts'

test('the example of the README does what it says', async () => {
  const text = new TextDecoder().decode(await readRepoFile('packages/recorder/README.md'))
  const code = /```ts\n([\s\S]*?)```/.exec(text)?.[1] ?? ''
  const wanted = [...code.matchAll(/console\.log\(.*\/\/ (.*)$/gm)].map(([, words]) => words)
  const logged: string[] = []
  const body = code
    .replace(/import \{(.*)\} from '@rtmp\/recorder'/, 'const {$1} = recorder')
    .replace(/import \{(.*)\} from '@rtmp\/e-rtmp'/, 'const {$1} = ertmp')
    .replace(/import \{(.*)\} from 'node:fs\/promises'/, 'const {$1} = fs')
    .replace(/import \{(.*)\} from 'node:os'/, 'const {$1} = os')
  // oxlint-disable-next-line typescript/no-implied-eval -- the code is this repository's own
  const run = new Function(
    'recorder',
    'ertmp',
    'fs',
    'os',
    'console',
    `return (async () => {${body}})()`,
  ) as (...modules: object[]) => Promise<void>
  await run(recorder, ertmp, fs, os, { log: (...words: unknown[]) => logged.push(words.join(' ')) })
  expect(wanted).toHaveLength(2)
  expect(logged).toEqual(wanted)
})
