import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe as group, expect, onTestFinished, test } from 'vitest'
import { banner } from '../../src/node/banner.ts'
import { explainListenFailure } from '../../src/node/listen-failure.ts'
import { LightClient } from './light-client.ts'

const bin = fileURLToPath(new URL('../../src/node/bin.ts', import.meta.url))
const root = fileURLToPath(new URL('../../../../', import.meta.url))

interface Run {
  readonly child: ChildProcess
  output(): string
  /** Waits until the output matches. */
  until(pattern: RegExp): Promise<RegExpExecArray>
  exitCode(): Promise<number | null>
}

const run = (...args: string[]): Run => {
  const child = spawn(process.execPath, ['--conditions=@rtmp/source', '--import', 'tsx', bin, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  let output = ''
  child.stdout.on('data', (text) => (output += String(text)))
  child.stderr.on('data', (text) => (output += String(text)))
  const closed = once(child, 'close')
  return {
    child,
    output: () => output,
    until: async (pattern) => {
      for (;;) {
        const match = pattern.exec(output)
        if (match !== null) return match
        const more = Promise.race([
          once(child.stdout, 'data'),
          once(child.stderr, 'data'),
          closed.then(() => 'end'),
        ])
        if ((await more) === 'end' && !pattern.test(output)) throw new Error(`it ended with: ${output}`)
      }
    },
    exitCode: async () => {
      await closed
      return child.exitCode
    },
  }
}

/** Each of these ends with a failure, and says this sentence and nothing else. */
const fail = async (cases: readonly (readonly [readonly string[], RegExp])[]): Promise<void> => {
  await Promise.all(
    cases.map(async ([args, sentence]) => {
      const failing = run(...args)
      expect(await failing.exitCode()).toBe(1)
      expect(failing.output()).toMatch(sentence)
    }),
  )
}

const nothing = { host: undefined, rtmp: undefined, rtmps: undefined, http: undefined }

group('rtmp-server', () => {
  test('says where to publish and play, logs what happens, and ends streams at a signal', async () => {
    const server = run('--rtmp-port', '0', '--host', '127.0.0.1', '--http-port', 'off')
    const [, port] = await server.until(/Publish to rtmp:\/\/127\.0\.0\.1:(\d+)\/live\/stream/)
    const publisher = new LightClient(Number(port))
    onTestFinished(() => {
      publisher.socket.destroy()
    })
    await publisher.open()
    await publisher.publish('key')
    await server.until(/live\/key is published from 127\.0\.0\.1/)
    server.child.kill('SIGTERM')
    await publisher.status('NetStream.Unpublish.Success')
    expect(await server.exitCode()).toBe(0)
    const lines = server
      .output()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string })
    expect(lines.map(({ event }) => event)).toEqual([
      'listening',
      'publishStarted',
      'stopping',
      'publishEnded',
      'connectionClosed',
      'stopped',
    ])
  })

  test('a second signal stops at once', async () => {
    const server = run('--rtmp-port', '0', '--host', '127.0.0.1', '--http-port', 'off')
    const [, port] = await server.until(/127\.0\.0\.1:(\d+)/)
    const silent = new LightClient(Number(port))
    onTestFinished(() => {
      silent.socket.destroy()
    })
    await silent.open()
    silent.socket.removeAllListeners('end') // so it does not end its side
    server.child.kill('SIGINT')
    await server.until(/a second signal/)
    server.child.kill('SIGINT')
    expect(await server.exitCode()).toBe(130)
  })

  test('administration over HTTP: what changes is logged with who did it, SIGHUP reads the file again, a drain ends the process', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rtmp-server-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const file = join(folder, 'rtmp.yaml')
    const write = (limits: string): Promise<void> =>
      writeFile(file, `rtmp: { port: 0, host: 127.0.0.1 }\nhttp: { port: 0, host: 127.0.0.1 }\n${limits}\n`)
    await write('limits: { connections: 5 }')
    const server = run('--config', file)
    const [, rtmp = '', http = ''] = await server.until(/"rtmp":(\d+),"http":(\d+)/)
    const api = async (method: string, path: string, body?: object): Promise<unknown> => {
      const response = await fetch(`http://127.0.0.1:${http}/api${path}`, {
        method,
        ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      })
      return response.json()
    }
    const change = { log: { level: 'debug' }, limits: { connections: 9 } }
    expect(await api('PATCH', '/config', change)).toMatchObject({
      changed: ['limits.connections', 'log.level'],
    })
    await server.until(/the configuration was changed: limits\.connections, log\.level, by 127\.0\.0\.1"/)
    const publisher = new LightClient(Number(rtmp))
    onTestFinished(() => {
      publisher.socket.destroy()
    })
    await publisher.open()
    await server.until(/"event":"connected"/)
    await write('limits: { connections: 7 }\nstatsIntervalMs: 1')
    server.child.kill('SIGHUP')
    await server.until(/these need a restart: statsIntervalMs"/)
    expect(await api('GET', '/config')).toMatchObject({ limits: { connections: 7 }, statsIntervalMs: 5000 })
    await api('PATCH', '/config', { log: { level: 'info' } })
    await write('limits: { connections: many }')
    server.child.kill('SIGHUP')
    await server.until(/cannot be used, and stays as it was: .*'many' will not do/)
    expect(await api('DELETE', '/connections/1')).toEqual({ ended: true })
    await server.until(/connection 1 from 127\.0\.0\.1 was ended, by 127\.0\.0\.1"/)
    expect(await api('POST', '/drain', {})).toEqual({ draining: true })
    expect(await server.exitCode()).toBe(0)
  }, 30_000)

  test('a port in use and wrong flags are one sentence and a failure', async () => {
    const taken = createTcpServer().listen(0, '127.0.0.1')
    onTestFinished(() => {
      taken.close()
    })
    await once(taken, 'listening')
    const { port } = taken.address() as { port: number }
    const cases: [string[], RegExp][] = [
      [
        ['--rtmp-port', String(port), '--host', '127.0.0.1'],
        /^Another program listens on port \d+ .*--rtmp-port\.\n$/,
      ],
      [
        ['--rtmp-port', '70000'],
        /^--rtmp-port: 70000 will not do; give a number from 0 to 65535, or 'off'\.\n$/,
      ],
      [['--latency', 'slow'], /^--latency: 'slow' will not do; give 'low', .*\n$/],
      [['--log-level', 'loud'], /^--log-level: 'loud' will not do; give 'trace', .* or 'silent'\.\n$/],
      [['--nonsense'], /^error: unknown option '--nonsense'\n$/],
    ]
    await fail(cases)
  }, 60_000)

  test('options that are well formed and cannot be used are one sentence that says which', async () => {
    await fail([
      [
        ['--rtmp-port', '0', '--access-addresses-play-deny', '1.2.3.400'],
        /^'1\.2\.3\.400' is not an IP address .* at access\.addresses\.play\.deny\[0\]\)\n$/,
      ],
      [
        ['--rtmps-port', '0', '--rtmps-cert', 'README.md', '--rtmps-key', 'LICENSE'],
        /^README\.md and LICENSE cannot be used as certificate and key: .*; correct rtmps\.cert .*\n$/,
      ],
      [['--access-challenge-scheme', 'adobe'], /^give the passwords .* at access\.challenge\.users\)\n$/],
    ])
  }, 60_000)

  test('every way in which listening fails says what to do', () => {
    const explain = (code: string): string => explainListenFailure({ code }, { port: 80, host: '192.0.2.1' })
    expect(explain('EACCES')).toMatch(/port 80 of 192\.0\.2\.1.*--rtmp-port/)
    expect(explain('EADDRNOTAVAIL')).toMatch(/no address 192\.0\.2\.1.*--host/)
    expect(explain('ENOTFOUND')).toMatch(/--host/)
    expect(explainListenFailure(new Error('odd'), { port: 80 })).toBe('Cannot listen on port 80: odd.')
  })

  test('the banner leaves the usual port out and puts IPv6 addresses in brackets', () => {
    expect(banner('1.0.0', { ...nothing, rtmp: 1935 })).toContain('Publish to   rtmp://localhost/live/stream')
    expect(banner('1.0.0', { ...nothing, rtmp: 1936, host: '::1' })).toContain(
      'rtmp://[::1]:1936/live/stream',
    )
  })
})
