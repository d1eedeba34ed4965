import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { recordingTeller } from '../../src/access/http-callbacks.ts'
import { callbackAccess } from '../../src/access.ts'
import type { PublishContext } from '../../src/contract/contexts.ts'
import { ask, connectionFrom } from './arrange.ts'

const url = 'http://backend.test:8080/hook'

/** What `fetch` was given, and how each call ends. */
interface Request {
  readonly init: RequestInit
  readonly answer: (response?: Response) => void
  readonly fail: (reason: unknown) => void
}
let requests: Request[] = []
const bodyOf = (request: Request | undefined): unknown => JSON.parse(request?.init.body as string)

beforeEach(() => {
  requests = []
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: 5_999 })
  vi.stubGlobal(
    'fetch',
    async (_url: string, init: RequestInit): Promise<Response> =>
      new Promise((resolve, fail) => {
        requests.push({ init, answer: (response = new Response()) => resolve(response), fail })
      }),
  )
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

/** Until what can go on without time passing has. */
const settled = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await new Promise(setImmediate)
}

/** What a promise has come to by now. */
const outcome = <T>(promise: Promise<T>): { now: T | string | undefined } => {
  const state: { now: T | string | undefined } = { now: undefined }
  promise.then(
    (value) => (state.now = value),
    (error: unknown) => (state.now = String(error)),
  )
  return state
}

test('tries three times, a quarter and half a second apart, and no more', async () => {
  const asked = outcome(ask(callbackAccess({ publish: url })).publish())
  await settled()
  requests[0]?.fail(new Error('first'))
  await settled()
  await vi.advanceTimersByTimeAsync(249)
  await settled()
  expect(requests).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(1)
  await settled()
  expect(requests).toHaveLength(2)
  requests[1]?.fail(new Error('second'))
  await settled()
  await vi.advanceTimersByTimeAsync(499)
  await settled()
  expect(requests).toHaveLength(2)
  await vi.advanceTimersByTimeAsync(1)
  await settled()
  expect([requests.length, asked.now]).toEqual([3, undefined])
  requests[2]?.fail('third')
  await settled()
  expect(asked.now).toBe('Error: no answer from backend.test:8080 after 3 tries: third')
})

test('whoever is told that there was no answer can see why', async () => {
  const { publish } = callbackAccess({ publish: url, retries: 0 })
  const asked = Promise.resolve(publish?.(publishing())).catch((error: unknown) => error)
  await settled()
  const why = new Error('no route')
  requests[0]?.fail(why)
  expect(await asked).toMatchObject({ cause: why })
})

test.each([
  [428, 1],
  [429, 2],
  [499, 1],
  [500, 2],
])('status %i: asked %i times', async (status, times) => {
  const asked = outcome(ask(callbackAccess({ publish: url, retries: 1, retryDelayMs: 100 })).publish())
  await settled()
  const first = new Response('no', { status })
  requests[0]?.answer(first)
  await settled()
  await vi.advanceTimersByTimeAsync(100)
  await settled()
  expect(requests).toHaveLength(times)
  if (times === 1) expect(asked.now).toBe('not allowed')
  else {
    // What is not read is given back.
    expect(first.bodyUsed).toBe(true)
    requests[1]?.answer(new Response(undefined, { status }))
    await settled()
    expect(asked.now).toBe(`Error: no answer from backend.test:8080 after 2 tries: status ${status}`)
  }
})

test('what is sent; signed only with a secret', async () => {
  const timeouts = vi.spyOn(AbortSignal, 'timeout')
  void ask(callbackAccess({ publish: url, headers: { authorization: 'Bearer x' } })).publish()
  void ask(callbackAccess({ publish: url, secret: 's', timeoutMs: 50 })).publish()
  await vi.waitFor(() => expect(requests).toHaveLength(2))
  expect(timeouts.mock.calls).toEqual([[3000], [50]])
  const [plain, signed] = requests.map(({ init }) => init)
  expect(plain).toMatchObject({ method: 'POST', redirect: 'manual' })
  expect(plain?.headers).toEqual({ 'content-type': 'application/json', authorization: 'Bearer x' })
  expect(signed?.headers).toEqual({
    'content-type': 'application/json',
    'x-rtmp-signature': expect.stringMatching(/^t=5,v1=[\da-f]{64}$/) as string,
  })
})

const publishing = (withdrawn?: AbortSignal): PublishContext => ({
  connection: connectionFrom(),
  messageStreamId: 1,
  app: 'live',
  streamName: 'show',
  path: 'live/show',
  sent: { app: 'live', streamName: 'show' },
  query: {},
  publishType: 'live',
  withdrawn,
})

test('what nobody waits for any more is neither gone on with nor tried again', async () => {
  const { publish } = callbackAccess({ publish: url })
  const withdrawal = new AbortController()
  const asked = outcome(Promise.resolve(publish?.(publishing(withdrawal.signal))))
  await settled()
  const { signal } = (requests[0] as Request).init
  expect(signal?.aborted).toBe(false)
  withdrawal.abort(new Error('withdrawn'))
  expect(signal?.aborted).toBe(true)
  requests[0]?.fail(signal?.reason)
  await settled()
  expect(asked.now).toBe('Error: no answer from backend.test:8080 after 1 tries: withdrawn')
  const late = outcome(Promise.resolve(publish?.(publishing(withdrawal.signal))))
  await settled()
  expect(late.now).toMatch('after 1 tries')
  await vi.advanceTimersByTimeAsync(10_000)
  expect(requests).toHaveLength(1)
})

test('64 requests are under way at once and 4096 wait; one beyond gets no answer', async () => {
  const handler = ask(callbackAccess({ publish: url, retries: 0 }))
  const all = Array.from({ length: 64 + 4096 }, () => outcome(handler.publish()))
  await settled()
  expect(requests).toHaveLength(64)
  const beyond = outcome(handler.publish())
  await settled()
  expect(beyond.now).toMatch('4096 wait already')
  expect(all.every(({ now }) => now === undefined)).toBe(true)
  requests[5]?.answer()
  await settled()
  expect([requests.length, all[5]?.now]).toEqual([65, 'yes'])
})

const inPieces = (...pieces: readonly (string | Uint8Array)[]): Response =>
  new Response(
    new ReadableStream({
      start(controller) {
        for (const piece of pieces)
          controller.enqueue(typeof piece === 'string' ? new TextEncoder().encode(piece) : piece)
        controller.close()
      },
    }),
  )

test('an answer is put together from its pieces, up to 65,536 bytes', async () => {
  const handler = ask(callbackAccess({ publish: url, retries: 0 }))
  const answered = async (response: Response): Promise<unknown> => {
    const asked = outcome(handler.publish())
    await settled()
    requests.at(-1)?.answer(response)
    await settled()
    return asked.now
  }
  expect(await answered(inPieces('{"stream', 'Name":', '"public"}'))).toBe('as public')
  const rest = '{"streamName":"public"}'
  const spaces = (bytes: number): Uint8Array => new Uint8Array(bytes).fill(32)
  expect(await answered(inPieces(spaces(65_536 - rest.length), rest))).toBe('as public')
  expect(await answered(inPieces(spaces(65_537 - rest.length), rest))).toMatch('an answer beyond 65536 bytes')
})

test('only what endpoints are given for is asked, or told', () => {
  expect(callbackAccess({})).toEqual({})
  const names = (options: object): string[] => Object.keys(callbackAccess(options))
  expect(names({ connect: url })).toEqual(['connect'])
  expect(names({ publish: url })).toEqual(['publish'])
  expect(names({ play: url })).toEqual(['play'])
  expect(names({ ended: url })).toEqual(['unpublish', 'playStop', 'disconnect'])
  expect(names({ recording: url })).toEqual([])
  for (const name of ['connect', 'publish', 'play', 'ended', 'recording'])
    for (const wrong of ['nonsense', 'ftp://host/', 'xhttp://host/', 'https//host'])
      expect(() => callbackAccess({ [name]: wrong })).toThrow(
        expect.objectContaining({ code: 'ACCESS_URL_INVALID', path: name }),
      )
  for (const right of ['http://host/', 'https://host/', 'HTTPS://host/'])
    expect(() => callbackAccess({ play: right })).not.toThrow()
})

test('the end of a play is told as one', async () => {
  const { playStop } = callbackAccess({ ended: url })
  const told = playStop?.({ ...publishing(), start: -2, reset: true } as never, 'finished' as never)
  await settled()
  expect(bodyOf(requests[0])).toMatchObject({ event: 'playStop', reason: 'finished' })
  requests[0]?.answer()
  await told
})

test('an endpoint is told of recordings one after the other, also when one could not be told', async () => {
  expect(recordingTeller({ publish: url })).toBeUndefined()
  expect(() => recordingTeller({ recording: 'nonsense' })).toThrow(
    expect.objectContaining({ code: 'ACCESS_URL_INVALID', path: 'recording' }),
  )
  const tell = recordingTeller({ recording: url, retries: 0 })
  const facts = { app: 'live', streamName: 'show', path: 'live/show', format: 'flv', file: 'x' } as const
  const told = [1, 2, 3].map((recording) =>
    outcome(tell?.({ ...facts, recording, event: 'recordingStarted' }) ?? Promise.resolve()),
  )
  const asked = (): unknown[] =>
    requests.map((request) => (bodyOf(request) as { recording: number }).recording)
  await settled()
  expect(asked()).toEqual([1])
  requests[0]?.fail(new Error('down'))
  await settled()
  expect([asked(), told[0]?.now]).toEqual([[1, 2], expect.stringContaining('down')])
  requests[1]?.answer()
  await settled()
  expect(asked()).toEqual([1, 2, 3])
  requests[2]?.answer()
  await settled()
  const inForm = recordingTeller({ recording: url, form: 'srs' })
  void inForm?.({ ...facts, recording: 4, event: 'recordingStarted' })
  await settled()
  expect(bodyOf(requests[3])).toMatchObject({ action: 'on_dvr_started' })
})
