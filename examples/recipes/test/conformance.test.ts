// Conformance in vitest: each requirement is a test of one's own server. This is the example, and the whole of it.
import { runServerCases, SERVER_CASES, serverTarget } from '@rtmp/conformance'
import { createServer } from '@rtmp/server'
import { afterAll, beforeAll, expect, test } from 'vitest'

const server = createServer({ rtmp: { port: 0, host: '127.0.0.1' } })
beforeAll(() => server.listen())
afterAll(() => server.close())

const cases = SERVER_CASES.filter(({ area, level }) => area === 'handshake' && level === 'MUST')

test.each(cases)('$id: $expects', async (each) => {
  const target = serverTarget(`rtmp://127.0.0.1:${server.address('rtmp')?.port}/live`)
  const [result] = await runServerCases(target, [each], { parallel: 1, slow: false, caseMs: 30_000 })
  expect(result?.verdict, result?.detail).not.toBe('fail')
})
