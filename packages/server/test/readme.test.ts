import { readRepoFile } from '@rtmp/testkit'
import { createServer, reject } from '@rtmp/server'
import { expect, test, vi } from 'vitest'
import { LightClient } from './node/light-client.ts'

test('the first example of the README does what it says', async () => {
  const readme = new TextDecoder().decode(await readRepoFile('packages/server/README.md'))
  const [, example = ''] = /```ts\n([^]*?)```/.exec(readme) ?? []
  expect(example.trim().split('\n').length).toBeLessThanOrEqual(15)
  const body = example.replace(/^import .*$/m, '').replace('port: 1935', "port: 0, host: '127.0.0.1'")
  const log = vi.fn()
  const AsyncFunction = (async () => {}).constructor as new (
    ...args: string[]
  ) => (...args: unknown[]) => Promise<Awaited<ReturnType<typeof createServer>>>
  const server = await new AsyncFunction('createServer', 'reject', 'console', `${body}\nreturn server`)(
    createServer,
    reject,
    { log },
  )
  const port = server.address()?.port ?? 0
  expect(log).toHaveBeenCalledWith(`publish to rtmp://localhost:${port}/live/key`)
  const [good, bad] = [new LightClient(port), new LightClient(port)]
  await (await good.open()).publish('key')
  await (await bad.open()).publish('other')
  expect(good.codes.at(-1)).toBe('NetStream.Publish.Start')
  expect(bad.codes.at(-1)).toBe('NetStream.Publish.Denied')
  expect(log).toHaveBeenLastCalledWith('live/key is live')
  await server.destroy()
})
