import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { TcpServer } from '../support/tcp-server.ts'
import { TestServer } from '../support/test-server.ts'
import { root, sample } from './support/run.ts'

const BIN = `${root}packages/client/src/node/bin.ts`

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Starts the program as npm would, from its source. */
const rtmp = (...args: string[]): { child: ChildProcess; said: Promise<unknown>; ended: Promise<Ended> } => {
  const child = spawn(process.execPath, ['--conditions=@rtmp/source', '--import', 'tsx', BIN, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (text: Buffer) => (stdout += text.toString()))
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()))
  const said = once(child.stderr, 'data')
  const ended = once(child, 'close').then(
    ([code]): Ended => ({ code: code as number | null, stdout, stderr }),
  )
  return { child, said, ended }
}

describe('the program', () => {
  it('ends with 0 when it is done, and 2 for a wrong command line', async () => {
    const [help, none] = await Promise.all([rtmp('--help').ended, rtmp().ended])
    expect(help).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringMatching(/^Usage: rtmp <command>/),
    })
    expect(none).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/^Usage: rtmp <command>/),
    })
  })

  it('ends with 3 when nobody listens, and 5 for a file that is not there', async () => {
    const [network, file] = await Promise.all([
      rtmp('probe', 'rtmp://127.0.0.1:1/live/stream').ended,
      rtmp('probe', 'none.flv').ended,
    ])
    expect(network).toMatchObject({ code: 3, stdout: '' })
    expect(network.stderr).toMatch(/^Nobody listens at 127\.0\.0\.1:1: .*\n$/)
    expect(file).toEqual({ code: 5, stdout: '', stderr: 'There is no file none.flv; check its name.\n' })
  })

  it('unpublishes and ends with 130 at SIGINT, with 143 at SIGTERM', async () => {
    const logic = new TestServer()
    const server = await TcpServer.listen(logic)
    const url = `rtmp://127.0.0.1:${server.port}/live/stream`
    try {
      for (const [signal, code] of [
        ['SIGINT', 130],
        ['SIGTERM', 143],
      ] as const) {
        const { child, said, ended } = rtmp('publish', sample('h264-aac.flv'), url, '--loop')
        await said
        child.kill(signal)
        const { code: found, stdout } = await ended
        expect(found).toBe(code)
        expect(JSON.parse(stdout)).toMatchObject({ targets: [{ state: 'ended' }] })
        expect(logic.last.kinds).toContain('fcUnpublish')
        expect(logic.last.kinds).toContain('publishEnded')
      }
    } finally {
      await server.close()
    }
  })

  it('ends quietly when its reader has seen enough', async () => {
    const { child, ended } = rtmp('inspect', sample('multitrack-h264-hevc-aac-opus.flv'), '--hex', '16000')
    child.stdout?.once('data', () => child.stdout?.destroy())
    const { code, stderr } = await ended
    expect(stderr).toBe('')
    expect(code).toBe(0)
  })
})
