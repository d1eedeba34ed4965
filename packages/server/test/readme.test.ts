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

test('the example of a stream inside the process does what it says', async () => {
  const readme = new TextDecoder().decode(await readRepoFile('packages/server/README.md'))
  const example = /```ts\n(for await \([^]*?)```/.exec(readme)?.[1] ?? ''
  expect(example).toContain("server.subscribe('live/show'")
  const server = createServer({ rtmp: { port: 0, host: '127.0.0.1' }, streams: { graceMs: 0 } })
  await server.listen()
  const log = vi.fn()
  const AsyncFunction = (async () => {}).constructor as new (
    ...args: string[]
  ) => (...args: unknown[]) => Promise<void>
  const loop = new AsyncFunction('server', 'console', example)(server, { log })
  const publisher = await new LightClient(server.address()?.port ?? 0).open()
  const id = await publisher.publish('show')
  publisher.send(id, 9, 0, Uint8Array.of(0x17, 1, 0, 0, 0, 1, 2, 3))
  publisher.send(id, 9, 40, Uint8Array.of(0x27, 1, 0, 0, 0, 4))
  publisher.settle()
  await vi.waitFor(() => expect(log).toHaveBeenCalledWith('key frame at 0 ms, 8 bytes'))
  publisher.session.deleteStream(id)
  publisher.settle()
  await loop
  expect(log.mock.calls).toEqual([['key frame at 0 ms, 8 bytes'], ['over: streamEnded']])
  await server.destroy()
})
