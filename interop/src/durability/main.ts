// `npm run durability [-- --cuts N --kills N --seed S]`: recordings cut at a thousand random bytes, servers killed at a hundred random moments.
import { spawnSync } from 'node:child_process'
import { Command } from 'commander'
import { repositoryFile } from '../media.ts'
import { Scratch } from '../scratch.ts'
import { cutRecordings } from './cut-recordings.ts'

const values = new Command('npm run durability --')
  .description(
    'Cuts recordings at random bytes, and kills servers at random moments; what was kept must play.',
  )
  .option('--cuts <n>', 'how many recordings', '1000')
  .option('--kills <n>', 'how many servers', '100')
  .option('--seed <n>', 'the same seed gives the same cuts', String(Date.now() % 1_000_000))
  .parse()
  .opts<{ readonly cuts: string; readonly kills: string; readonly seed: string }>()

/** Mulberry32: the same numbers again for the same seed. */
const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

let failed = false
if (Number(values.cuts) > 0) {
  const scratch = await Scratch.make()
  const began = performance.now()
  const { files, empty, inIndex, problems } = await cutRecordings(
    scratch.path,
    Number(values.cuts),
    seeded(Number(values.seed)),
  )
  await scratch.remove()
  for (const problem of problems) console.log(problem)
  console.log(
    `${files} recordings cut at random bytes (seed ${values.seed}; ${empty} before there was anything to play, ${inIndex} within a moof): ` +
      `${problems.length} problems, ${((performance.now() - began) / 1000).toFixed(0)} s`,
  )
  failed ||= problems.length > 0
}
if (Number(values.kills) > 0) {
  const began = performance.now()
  const { status } = spawnSync(
    process.execPath,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--project',
      'interop',
      'interop/test/recording-killed.test.ts',
    ],
    { cwd: repositoryFile(''), stdio: 'inherit', env: { ...process.env, KILLS: values.kills } },
  )
  console.log(
    `${values.kills} servers killed at random moments: ${status === 0 ? 'nothing lost but the last moments' : 'FAILED'}, ` +
      `${((performance.now() - began) / 1000).toFixed(0)} s`,
  )
  failed ||= status !== 0
}
process.exitCode = failed ? 1 : 0
