import { expect, test } from 'vitest'
import { rechecked } from '../../src/access.ts'
import { accept, type Decision, grantIn, redirect, reject } from '../../src/contract/decision.ts'

const context = {} as never

test('what is granted is asked about again, under what was granted; the others of the handler are as they were', async () => {
  let said: Decision
  const asked: string[] = []
  const failures: unknown[] = []
  const connect = (): Decision => undefined
  const handler = rechecked(
    {
      connect,
      publish: () => {
        asked.push('publish')
        if (said?.kind === 'reject' && said.description === 'down') throw new Error('down')
        return said
      },
      play: () => {
        asked.push('play')
        return said
      },
    },
    5000,
    (error) => failures.push(error),
  )
  expect(handler.connect).toBe(connect)
  for (const action of ['publish', 'play'] as const) {
    asked.length = 0
    said = undefined
    const silent = await handler[action]?.(context)
    expect(silent).toEqual({
      kind: 'accept',
      recheck: { everyMs: 5000, check: expect.anything() as unknown },
    })
    said = accept('public')
    const granted = grantIn(await handler[action]?.(context))
    expect(granted).toMatchObject({ kind: 'accept', streamName: 'public', recheck: { everyMs: 5000 } })
    said = reject('over')
    expect(await granted?.recheck?.check()).toEqual(reject('over'))
    expect(asked).toEqual([action, action, action])
    expect(await handler[action]?.(context)).toEqual(reject('over'))
    said = redirect('rtmp://other/live')
    expect(await handler[action]?.(context)).toEqual(redirect('rtmp://other/live'))
  }
  said = undefined
  const lasting = grantIn(await handler.publish?.(context))
  said = reject('down')
  expect([await lasting?.recheck?.check(), failures]).toEqual([undefined, [new Error('down')]])
  // The first answer that fails is a failure.
  await expect(handler.publish?.(context)).rejects.toThrow('down')
})

test('a handler that decides nothing grants', async () => {
  const handler = rechecked({}, 1000, () => {})
  for (const action of ['publish', 'play'] as const) {
    const granted = grantIn(await handler[action]?.(context))
    expect(granted?.kind).toBe('accept')
    expect(await granted?.recheck?.check()).toBeUndefined()
  }
})
