import { describe as group, expect, test } from 'vitest'
import { runStranger } from '../src/abuse/strangers/stranger-run.ts'
import { greedyStrangers } from '../src/abuse/strangers/strangers.ts'

/** How long each goes on: ten seconds in `npm run abuse -- --strangers`, which has the others as well. */
const SECONDS = 1
const HERE = greedyStrangers.filter(({ row }) => row <= 4)

group.runIf(process.platform === 'linux')('strangers that want memory, at 64 MiB (Linux only)', () => {
  test.each(HERE)('$row $title: nobody beside it misses anything', async (stranger) => {
    const { faults, end } = await runStranger(stranger, SECONDS, false)
    expect(faults).toEqual([])
    if (stranger.row > 1) expect(end).toMatch(/^[1-9]\d* of \d+ ended \(.*Net\w+\.\w+/)
  })
})
