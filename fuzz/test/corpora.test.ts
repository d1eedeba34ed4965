// What guided fuzzing has found worth keeping goes through each target again, and the guided fuzzer itself starts.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { isDecodeError, isProtocolError } from '@rtmp/bytes'
import { SeededRandom } from '@rtmp/testkit/fuzz'
import { describe, expect, test } from 'vitest'
import { readCorpus } from '../src/guided/corpus.ts'
import { targets } from '../src/targets/index.ts'

/** It starts a server; `npm run fuzz -- server` is its own. */
const parsers = Object.keys(targets).filter(
  (name): name is Exclude<keyof typeof targets, 'server'> => name !== 'server',
)

describe('kept inputs', () => {
  test.each(parsers)('%s refuses or reads each of them', async (name) => {
    const target = await targets[name]()
    const inputs = await readCorpus(name)
    expect(inputs.length).toBeGreaterThan(5)
    const crashes: string[] = []
    for (const input of inputs) {
      try {
        await target.run(new Uint8Array(input), new SeededRandom(input.length))
      } catch (error) {
        if (!isDecodeError(error) && !isProtocolError(error))
          crashes.push(`${Buffer.from(input).toString('base64')}: ${String(error)}`)
      }
    }
    expect(crashes).toEqual([])
  })
})

test('the guided fuzzer goes on from them', (context) => {
  const { status, stdout, stderr } = spawnSync(
    'npm',
    ['run', '--silent', 'fuzz:guided', '--', 'amf0', '--runs', '3000'],
    { cwd: fileURLToPath(new URL('../..', import.meta.url)), encoding: 'utf8', timeout: 170_000 },
  )
  const skipped = /skipped: (.*)/.exec(stdout)
  if (skipped !== null) {
    console.log(skipped[0])
    context.skip(skipped[1])
  }
  expect(status, stdout + stderr).toBe(0)
  expect(stderr).toContain('stat::number_of_executed_units')
}, 180_000)
