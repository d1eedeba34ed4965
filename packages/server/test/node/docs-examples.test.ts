import { decodeSharedObject, encodeSharedObject } from '@rtmp/message'
import { play, publish } from '@rtmp/client'
import { accept, chainHandlers, createServer, loggingHandler, reject } from '@rtmp/server'
import { readRepoFile } from '@rtmp/testkit'
import ts from 'typescript'
import { expect, onTestFinished, test, vi } from 'vitest'
import { LightClient } from './light-client.ts'

type Runnable = (...args: unknown[]) => Promise<Record<string, never>>

/** The example of a page, the first with `opening` in it, as a function of what it imports; gives the names listed. */
const exampleOf = async (
  page: string,
  given: readonly string[],
  gives: readonly string[],
  replace: (text: string) => string = (text) => text,
  opening = '',
): Promise<Runnable> => {
  const text = new TextDecoder().decode(await readRepoFile(page))
  const block = [...text.matchAll(/```ts\n([^]*?)```/g)].map(([, code = '']) => code)
  const example = block.find((code) => code.includes(opening)) ?? ''
  expect(example).not.toBe('')
  const { outputText } = ts.transpileModule(replace(example), {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  })
  const body = outputText.replace(/^(import .*|export \{\};)$/gm, '')
  const AsyncFunction = (async () => {}).constructor as new (...args: string[]) => Runnable
  return new AsyncFunction(...given, `${body}\nreturn { ${gives.join(', ')} }`)
}

test('the example of calls and shared objects does what it says', async () => {
  const given = ['createServer', 'decodeSharedObject', 'encodeSharedObject', 'publish', 'play', 'console']
  const example = await exampleOf(
    'docs/calls.md',
    given,
    ['server', 'publisher', 'player', 'users'],
    (text) =>
      text
        .replace('port: 1935', "port: 0, host: '127.0.0.1'")
        .replaceAll(
          "'rtmp://localhost/live/match'",
          '`rtmp://127.0.0.1:${server.address().port}/live/match`',
        ),
  )
  const log = vi.fn()
  const ran = await example(createServer, decodeSharedObject, encodeSharedObject, publish, play, { log })
  const { server, publisher, player, users } = ran as unknown as {
    server: ReturnType<typeof createServer>
    publisher: Awaited<ReturnType<typeof publish>>
    player: ReturnType<typeof play>
    users: Set<unknown>
  }
  onTestFinished(async () => server.destroy())
  await vi.waitFor(() => expect(log).toHaveBeenCalledTimes(3))
  expect(log.mock.calls).toEqual([[[3]], [['1:0']], ['home', 1]])
  expect(publisher.server.sharedObject('scores').get('home')).toBe(1)
  expect(users.size).toBe(2)
  await player.close()
  await vi.waitFor(() => expect(users.size).toBe(1))
  await publisher.end()
})

test('the example of registrations does what it says', async () => {
  const given = ['createServer', 'reject', 'console']
  const example = await exampleOf('docs/registrations.md', given, ['server', 'ingest', 'serve'], (text) =>
    text.replace('port: 1936', 'port: 0').replace('port: 1937', 'port: 0'),
  )
  const log = vi.fn()
  const { server, ingest, serve } = (await example(createServer, reject, { log })) as unknown as {
    server: ReturnType<typeof createServer>
    ingest: { port: number; remove(): void }
    serve: { port: number; remove(): void }
  }
  onTestFinished(async () => server.destroy())
  const viewer = await new LightClient(serve.port).open()
  await viewer.play('show')
  const denied = await new LightClient(ingest.port).open()
  await denied.publish('show?key=wrong')
  expect(denied.codes.at(-1)).toBe('NetStream.Publish.Denied')
  const camera = await new LightClient(ingest.port).open()
  const id = await camera.publish('show?key=secret')
  camera.session.sendData(id, 0, '@setDataFrame', 'onMetaData', { width: 1280 })
  camera.send(id, 9, 0, Uint8Array.of(0x17, 1, 0, 0, 0, 1, 2, 3))
  camera.settle()
  await vi.waitFor(() => expect(viewer.media).toHaveLength(1))
  expect(viewer.data.map(({ name, values }) => [name, ...values])).toContainEqual([
    'onMetaData',
    { width: 1280 },
  ])
  expect(log.mock.calls.map(([text]) => String(text).replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, 'UUID'))).toEqual([
    'somebody watches show',
    'show comes in, UUID',
  ])
  expect(server.streams.map(({ path }) => path).toSorted()).toEqual(
    [`port:${ingest.port}/live/show`, `port:${serve.port}/live/show`].toSorted(),
  )
  serve.remove()
  await vi.waitFor(() => expect(log).toHaveBeenLastCalledWith('nobody watches show'))
  await vi.waitFor(() =>
    expect(server.streams.map(({ path }) => path)).toEqual([`port:${ingest.port}/live/show`]),
  )
})

test('the example of hooks does what it says', async () => {
  const given = ['accept', 'chainHandlers', 'createServer', 'loggingHandler', 'reject', 'console']
  const example = await exampleOf('docs/hooks.md', given, ['server'], (text) =>
    text.replace('port: 1935', "port: 0, host: '127.0.0.1'"),
  )
  const log = vi.fn<(line: string) => void>()
  const console = { log, error: vi.fn() }
  const ran = await example(accept, chainHandlers, createServer, loggingHandler, reject, console)
  const { server } = ran as unknown as { server: ReturnType<typeof createServer> }
  onTestFinished(async () => server.destroy())
  const port = server.address()?.port ?? 0
  const denied = await new LightClient(port).open()
  await denied.publish('show?key=wrong')
  expect(denied.codes.at(-1)).toBe('NetStream.Publish.Denied')
  const camera = await new LightClient(port).open()
  const id = await camera.publish('show?key=secret')
  camera.send(id, 9, 0, Uint8Array.of(0x17, 1, 0, 0, 0, 1, 2, 3))
  camera.session.deleteStream(id)
  camera.settle()
  await vi.waitFor(() => expect(log).toHaveBeenCalledWith('live/show sent 1 pictures: deleteStream'))
  expect(log.mock.calls.map(([line]) => line)).toContainEqual(
    expect.stringMatching(/^publish: \S+ .*live\/show$/),
  )
  expect(console.error).not.toHaveBeenCalled()
})

test('the example of inject and tap does what it says', async () => {
  const server = createServer({ rtmp: { port: 0, host: '127.0.0.1' } })
  await server.listen()
  onTestFinished(async () => server.destroy())
  const given = ['server', 'picture', 'console']
  const example = await exampleOf(
    'packages/server/README.md',
    given,
    ['clock'],
    (text) => text.replace('stop()\nclock?.end()\n', ''),
    'server.inject(',
  )
  const log = vi.fn()
  const { clock } = (await example(server, Uint8Array.of(0x17, 1, 0, 0, 0, 1, 2, 3), { log })) as unknown as {
    clock: ReturnType<typeof server.inject>
  }
  clock?.write({ kind: 'video', timestamp: 40, payload: Uint8Array.of(0x27, 1, 0, 0, 0, 4) })
  expect(log.mock.calls).toEqual([['data at 0 ms'], ['video at 0 ms'], ['video at 40 ms']])
})
