import { afterAll, beforeAll, describe as group, expect, test } from 'vitest'
import { PLAYERS } from '../src/abuse/abuse-run.ts'
import { abuses } from '../src/abuse/abuses.ts'
import { Crowd } from '../src/abuse/crowd.ts'
import { WatchedServer } from '../src/abuse/watched-server.ts'
import { sleep } from '../src/server/bench-run.ts'
import { Load } from '../src/server/load.ts'

/** How long each abuse lasts: seconds here, minutes in `npm run abuse`. */
const ABUSE_MS = 2500
/** Until everybody who was abusive has gone: connections linger for 2 s, lost publishers' players wait for 10. */
const GONE_MS = 15_000
const MOST_RESIDENT = 600e6

group.runIf(process.platform === 'linux')('a share of each abuse, on one server (Linux only)', () => {
  let server: WatchedServer
  let others: Load

  beforeAll(async () => {
    server = await WatchedServer.start()
    others = Load.start()
    await others.tell({ kind: 'publish', port: server.port, names: ['bench'], scale: 1 })
    await others.tell({ kind: 'play', port: server.port, name: 'bench', count: PLAYERS, sampled: false })
  })

  afterAll(async () => {
    await others.stop()
    await server.stop()
  })

  test.each(abuses)('$title: nobody beside it misses anything', async ({ count, visit }) => {
    await others.tell({ kind: 'reset' })
    const crowd = new Crowd(server.port, Math.min(count, 200), visit)
    await sleep(ABUSE_MS)
    await crowd.end()
    const { messages, gaps, backwards, closed } = await others.tell({ kind: 'read' })
    expect({ gaps, backwards, closed }).toEqual({ gaps: 0, backwards: 0, closed: 0 })
    expect(messages).toBeGreaterThan(0)
    expect(crowd.visits).toBeGreaterThan(0)
    const { errors, resident } = await server.sample()
    expect(errors).toBe(0)
    expect(resident).toBeLessThan(MOST_RESIDENT)
  })

  test('and when they have gone, nothing of them is left', async () => {
    const left = async (): Promise<object> => {
      const { connections, streams } = await server.sample()
      return { connections, streams }
    }
    await expect
      .poll(left, { timeout: GONE_MS, interval: 200 })
      .toEqual({ connections: PLAYERS + 1, streams: 1 })
    expect(server.isAlive).toBe(true)
  })
})
