import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe as group, expect, onTestFinished, test } from 'vitest'
import { CONFIGURATION_OPTIONS } from '../../src/config/option.ts'
import { isPassword } from '../../src/access/password.ts'
import { signToken } from '../../src/access/signed-token.ts'
import { administered } from '../../src/node/administration-token.ts'
import { banner } from '../../src/node/banner.ts'
import { explainListenFailure } from '../../src/node/listen-failure.ts'
import { LightClient } from './light-client.ts'
import { run, runWith } from './run-command.ts'

/** Each of these ends with a failure, and says this sentence and nothing else. */
const fail = async (code: 1 | 2, cases: readonly (readonly [readonly string[], RegExp])[]): Promise<void> => {
  await Promise.all(
    cases.map(async ([args, sentence]) => {
      const failing = run(...args)
      expect(await failing.exitCode()).toBe(code)
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
      writeFile(
        file,
        `rtmp: { port: 0, host: 127.0.0.1 }\nhttp: { port: 0, host: 127.0.0.1, token: t0ken }\n${limits}\n`,
      )
    await write('limits: { connections: 5 }')
    const server = run('--config', file)
    const [, rtmp = '', http = ''] = await server.until(/"rtmp":(\d+),"http":(\d+)/)
    const api = async (method: string, path: string, body?: object): Promise<unknown> => {
      const response = await fetch(`http://127.0.0.1:${http}/_/api${path}`, {
        method,
        headers: { authorization: 'Bearer t0ken', ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
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
    await fail(1, [
      [
        ['--rtmp-port', String(port), '--host', '127.0.0.1'],
        /^Another program listens on port \d+ .*--rtmp-port\.\n$/,
      ],
    ])
    await fail(2, [
      [
        ['--rtmp-port', '70000'],
        /^--rtmp-port: 70000 will not do; give a number from 0 to 65535, or 'off'\.\n$/,
      ],
      [['--latency', 'slow'], /^--latency: 'slow' will not do; give 'low', .*\n$/],
      [['--log-level', 'loud'], /^--log-level: 'loud' will not do; give 'trace', .* or 'silent'\.\n$/],
      [['--nonsense'], /^Unknown option '--nonsense'\n\(rtmp-server --help shows how it is used\)\n$/],
      [
        ['--port', '1'],
        /^Unknown option '--port'\n\(Did you mean --rtmp-port or --rtmps-port or --http-port or --https-port or --cluster-port\?\)\n/,
      ],
      [['--rtmp-port'], /^Option '--rtmp-port <value>' argument missing\n/],
      [['start'], /^'start' is not needed: rtmp-server starts at once\n/],
      [['1936'], /^'1936' is no option: --rtmp-port 1936 for a port\n/],
      [['rtmp.yaml'], /^'rtmp\.yaml' is no option: --config rtmp\.yaml for a configuration file\n/],
      [['reload'], /^there is no 'reload': .* SIGHUP\n/i],
    ])
  }, 60_000)

  test('options that are well formed and cannot be used are one sentence that says which', async () => {
    await fail(2, [
      [
        ['--rtmp-port', '0', '--access-addresses-play-deny', '1.2.3.400'],
        /^'1\.2\.3\.400' is not an IP address .* at access\.addresses\.play\.deny\[0\]\)\n$/,
      ],
      [
        ['--rtmp-port', '0', '--http-port', '0', '--http-admin-from', '300.1.1.1'],
        /^'300\.1\.1\.1' is not an IP address .* at http\.adminFrom\[0\]\)\n$/,
      ],
      [['--access-challenge-scheme', 'adobe'], /^give the passwords .* at access\.challenge\.users\)\n$/],
    ])
    await fail(1, [
      [
        ['--rtmps-port', '0', '--rtmps-cert', 'README.md', '--rtmps-key', 'LICENSE'],
        /^README\.md and LICENSE cannot be used as certificate and key: .*; correct rtmps\.cert .*\n$/,
      ],
    ])
  }, 60_000)

  test('what Kubernetes sets for a service named rtmp does not stop it', async () => {
    const server = runWith(
      {
        RTMP_PORT: 'tcp://10.96.0.12:1935',
        RTMP_SERVICE_HOST: '10.96.0.12',
        RTMP_SERVICE_PORT: '1935',
        RTMP_PORT_1935_TCP: 'tcp://10.96.0.12:1935',
        RTMP_HTTP_PORT: 'off',
        RTMP_LISTENERS: '[{"port":0,"host":"127.0.0.1"}]',
      },
      '--rtmp-port',
      '0',
      '--host',
      '127.0.0.1',
    )
    await server.until(/"event":"listening"/)
    expect(server.output()).not.toMatch(/variableNotTaken/)
    const other = runWith(
      { RTMP_HTTP_PORT: 'tcp://10.96.0.12:80' },
      '--rtmp-port',
      '0',
      '--http-host',
      '127.0.0.1',
    )
    await other.until(/RTMP_HTTP_PORT=tcp:\/\/10\.96\.0\.12:80 was not taken/)
    await other.until(/"event":"listening"/)
  }, 60_000)

  test('makes password hashes and signed tokens, and says why not', async () => {
    const hashing = run('hash-password')
    hashing.child.stdin?.end('pa ss\nmore\n')
    expect(await hashing.exitCode()).toBe(0)
    expect(await isPassword('pa ss', hashing.output().trim())).toBe(true)
    const empty = run('hash-password')
    empty.child.stdin?.end()
    expect(await empty.exitCode()).toBe(2)
    expect(empty.output()).toBe('The password is empty.\n')

    const env = { RTMP_ACCESS_TOKENS_SECRETS: 'first,second' }
    const signing = runWith(env, 'sign-token', '--stream', 'a/b/show', '--action', 'play', '--valid', '2h')
    expect(await signing.exitCode()).toBe(0)
    const [, expires = ''] = /^a\/b\/show\?expires=(\d+)&token=[\da-f]{64}\n$/.exec(signing.output()) ?? []
    expect(Math.abs(Number(expires) - Date.now() / 1000 - 7200)).toBeLessThan(300)
    const grant = { secret: 'first', action: 'play', app: 'a/b', streamName: 'show' } as const
    expect(signing.output()).toBe(`a/b/show?${await signToken({ ...grant, expires: Number(expires) })}\n`)
    const withoutApp = runWith(env, 'sign-token', '--stream', 'show', '--form', 'name')
    expect(await withoutApp.exitCode()).toBe(0)
    expect(withoutApp.output()).toMatch(/^show-\d+-[\da-f]{64}\n$/)
    await fail(2, [
      [['obs-config', '--stream', 'a//b'], /^'a\/\/b' is no stream; write its app and key/],
      [['sign-token'], /^error: required option '--stream <path>' not specified\n$/],
      [['sign-token', '--stream', 'a//b'], /^'a\/\/b' is no stream; write its path, such as live\/show\.\n$/],
      [['sign-token', '--stream', 'a/b'], /^There is no secret: give --secret-file/],
      [
        ['sign-token', '--stream', 'a/b', '--valid', 'soon', '--secret-file', 'LICENSE'],
        /^'soon' is no time/,
      ],
      [['sign-token', '--stream', 'a/b', '--secret-file', 'none.txt'], /^none\.txt cannot be read\.\n$/],
    ])
  }, 60_000)

  test('--help: what matters first, all by topic, in lines that fit', async () => {
    const help = run('--help')
    expect(await help.exitCode()).toBe(0)
    const text = help.output()
    const [first = ''] = text.split('\n\nRTMP:\n')
    expect(first.match(/(?<=\n {2})--[\w-]+/g)?.slice(0, 5)).toEqual([
      '--config',
      '--init',
      '--check-config',
      '--print-config',
      '--rtmp-port',
    ])
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(100)
    for (const { flag } of CONFIGURATION_OPTIONS) if (flag !== undefined) expect(text).toContain(`  ${flag} `)
  }, 60_000)

  test('every way in which listening fails says what to do', () => {
    const explain = (code: string): string => explainListenFailure({ code }, { port: 80, host: '192.0.2.1' })
    expect(explain('EACCES')).toMatch(/port 80 of 192\.0\.2\.1.*--rtmp-port/)
    expect(explain('EADDRNOTAVAIL')).toMatch(/no address 192\.0\.2\.1.*--host/)
    expect(explain('ENOTFOUND')).toMatch(/--host/)
    expect(explainListenFailure(new Error('odd'), { port: 80 })).toBe('Cannot listen on port 80: odd.')
  })

  test('the banner leaves the usual port out and puts IPv6 addresses in brackets', () => {
    expect(banner('1.0.0', { ...nothing, rtmp: 1935 })).toMatch(
      / Publish to +rtmp:\/\/localhost\/live\/stream\n/,
    )
    expect(banner('1.0.0', { ...nothing, rtmp: 1936, host: '::1' })).toContain(
      'rtmp://[::1]:1936/live/stream',
    )
  })

  test('the banner names each port by the address that it listens on', () => {
    const where = { rtmp: 1935, rtmps: 4433, http: 8000 }
    const hosts = { host: '127.0.0.1', rtmpsHost: undefined, httpHost: '192.0.2.1' }
    const text = banner('1.0.0', { ...where, ...hosts })
    expect(text).toContain('rtmp://127.0.0.1/live/stream')
    expect(text).toContain('rtmps://localhost:4433/live/stream')
    expect(text).toContain('http://192.0.2.1:8000/')
    expect(banner('1.0.0', { ...where, ...hosts, rtmp: undefined })).not.toContain('127.0.0.1')
  })

  test('administration without a token: a terminal is shown one of this start, a log how to open it', () => {
    const http = { port: 8000 }
    const shown = administered({ http }, true)
    expect(shown.token).toMatch(/^[\w-]{24}$/)
    expect(shown).toMatchObject({ options: { http: { ...http, token: shown.token } }, isClosed: false })
    expect(administered({ http }, true).token).not.toBe(shown.token)
    expect(administered({ http }, false)).toEqual({ options: { http }, token: undefined, isClosed: true })
    const open = { ...http, adminFrom: ['127.0.0.1'] }
    expect(administered({ http: open }, false)).toMatchObject({ token: undefined, isClosed: false })
    expect(administered({ http: open }, true).token).toBeDefined()
    for (const options of [{ http: { ...http, token: 'own' } }, { http: false as const }, {}]) {
      for (const isTerminal of [true, false]) {
        expect(administered(options, isTerminal)).toEqual({ options, token: undefined, isClosed: false })
      }
    }
    const where = { ...nothing, rtmp: 1935, http: 8000 }
    expect(banner('1.0.0', { ...where, token: 'abc' })).toContain(
      'curl -H "Authorization: Bearer abc" http://localhost:8000/_/api/server',
    )
    expect(banner('1.0.0', where)).not.toContain('token')
  })

  test('without a terminal and without a token, administration is closed and the log says how to open it', async () => {
    const server = run(
      '--rtmp-port',
      '0',
      '--host',
      '127.0.0.1',
      '--http-port',
      '0',
      '--http-host',
      '127.0.0.1',
    )
    const [, http = ''] = await server.until(/"http":(\d+)/)
    await server.until(/administrationClosed.*http\.token, RTMP_HTTP_TOKEN.*http\.adminFrom/)
    const answer = await fetch(`http://127.0.0.1:${http}/_/api/server`, {
      headers: { authorization: 'Bearer ' },
    })
    expect(answer.status).toBe(401)
    expect(await answer.text()).toMatch(/closed.*http\.token.*http\.adminFrom/)
    expect((await fetch(`http://127.0.0.1:${http}/health`)).status).toBe(200)
  }, 30_000)
})
