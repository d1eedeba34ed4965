import { expect, test } from 'vitest'
import { interFrame, keyFrame } from '../../../live/test/arrange.ts'
import { nextEvent, startServer } from './arrange.ts'

const COUNT = 60
const SIZE = 20_000

/** A publisher that is not read since a loop has not caught up: of all it has sent, most waits in the sockets between the two. */
const begin = async () => {
  const { server, client } = await startServer({ streams: { graceMs: 0 } })
  const publisher = await client().open()
  const id = await publisher.publish('show')
  const subscription = server.subscribe('live/show', {
    overflow: 'hold',
    limits: { soft: { bytes: 4 * SIZE, ms: 1e6 }, hard: { bytes: 1e8, ms: 1e6 } },
  })
  for (let i = 0; i < COUNT; i++) publisher.send(id, 9, i * 40, (i === 0 ? keyFrame : interFrame)(i, SIZE))
  const items = subscription[Symbol.asyncIterator]()
  let pictures = 0
  let reason: string | undefined
  const next = async (): Promise<void> => {
    const { value } = await items.next()
    if (value?.kind === 'video') pictures += 1
    if (value?.kind === 'end') ({ reason } = value)
  }
  while (pictures === 0) await next()
  /** Takes all there is: how many pictures, and why it ended. */
  const take = async (): Promise<{ pictures: number; reason: string | undefined }> => {
    while (reason === undefined) await next()
    return { pictures, reason }
  }
  return { server, publisher, take }
}

test('a publisher that is held and ends in order is read to its end', async () => {
  const { publisher, take } = await begin()
  publisher.socket.end()
  expect(await take()).toEqual({ pictures: COUNT, reason: 'streamEnded' })
})

test('what waits of a publisher that is held may be lost when its system resets the connection, and the publish says how it ended', async () => {
  const { server, publisher, take } = await begin()
  const ended = nextEvent(server, 'publishEnded')
  publisher.socket.resetAndDestroy()
  const { pictures, reason } = await take()
  // How much is left is up to the system; what had been read is there, and nothing waits for the rest.
  expect(pictures).toBeGreaterThanOrEqual(1)
  expect(pictures).toBeLessThanOrEqual(COUNT)
  expect(reason).toBe('streamEnded')
  expect((await ended).reason).toMatch(/^transport(Error|Closed)$/)
})
