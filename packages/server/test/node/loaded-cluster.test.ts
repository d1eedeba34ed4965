import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { whenAsked } from '../../src/node/cluster/loaded-cluster.ts'

test('what answers other nodes is loaded once, when the first one asks; where that fails, the next one asks anew', async () => {
  let loads = 0
  const listener = whenAsked(async (): Promise<RequestListener> => {
    loads += 1
    if (loads === 1) throw new Error('no file descriptor is left')
    return ({ url }, response) => void response.end(url)
  })
  const server = createServer(listener).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const ask = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } })
    return [response.status, await response.text()]
  }
  expect(loads).toBe(0)
  expect(await ask('/a')).toEqual([503, ''])
  expect(await Promise.all([ask('/b'), ask('/c')])).toEqual([
    [200, '/b'],
    [200, '/c'],
  ])
  expect(loads).toBe(2)
})
