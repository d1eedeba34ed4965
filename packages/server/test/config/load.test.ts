import { describe, expect, test } from 'vitest'
import { loadConfiguration } from '../../src/config/load.ts'
import { maskedConfiguration } from '../../src/config/mask.ts'
import { CONFIGURATION_OPTIONS } from '../../src/config/option.ts'
import { serverOptionsOf } from '../../src/node/server-options.ts'
import type { Configuration } from '../../src/config/configuration.ts'

type Sources = Parameters<typeof loadConfiguration>[0]

const load = (sources: Sources = {}): Configuration => {
  const loaded = loadConfiguration(sources)
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'))
  return loaded.configuration
}
const problems = (sources: Sources): readonly string[] => {
  const loaded = loadConfiguration(sources)
  return loaded.ok ? [] : loaded.problems
}
const file = (value: Readonly<Record<string, unknown>>): Sources => ({ file: { name: 'rtmp.yaml', value } })

/** Of a choice, a word that is not its default. */
const anotherWord = (expected: string, fallback: unknown): string | undefined =>
  Array.from(expected.matchAll(/'([^']+)'/g), ([, word]) => word).find((word) => word !== fallback)

describe('options', () => {
  test('each has names of its own, a default that passes, and words', () => {
    const flags = CONFIGURATION_OPTIONS.flatMap(({ flag }) => flag ?? [])
    const variables = CONFIGURATION_OPTIONS.map(({ variable }) => variable)
    expect(new Set(flags).size).toBe(flags.length)
    expect(new Set(variables).size).toBe(variables.length)
    for (const { flag, variable, description, fallback } of CONFIGURATION_OPTIONS) {
      if (flag !== undefined) expect(flag).toMatch(/^--[a-z][a-z-]+$/)
      expect(variable).toMatch(/^RTMP_[A-Z_]+$/)
      expect(description).not.toBe('')
      expect(fallback).not.toBeUndefined()
    }
    const names = Object.fromEntries(
      CONFIGURATION_OPTIONS.map(({ path, flag, variable }) => [path.join('.'), [flag, variable]]),
    )
    expect(names).toMatchObject({
      'rtmp.port': ['--rtmp-port', 'RTMP_PORT'],
      'rtmp.host': ['--host', 'RTMP_HOST'],
      'streams.latency': ['--latency', 'RTMP_LATENCY'],
      'session.deadlines.publisherIdle': [
        '--session-deadlines-publisher-idle',
        'RTMP_SESSION_DEADLINES_PUBLISHER_IDLE',
      ],
      'access.jwt.secret': [undefined, 'RTMP_ACCESS_JWT_SECRET'],
    })
  })

  test('every one is read by something: what it changes shows in the options of the server', () => {
    const others: Record<string, string> = {
      port: '4711',
      'rtmps.port': '4712',
      'rtmps.cert': 'cert.pem',
      'rtmps.key': 'key.pem',
      'access.callbacks.form': 'srs',
      'access.challenge.scheme': 'llnw',
      'access.jwt.secret': 'another',
    }
    /** Everything that lets the other options count. */
    const base: Record<string, string> = {
      RTMP_RTMPS_PORT: '0',
      RTMP_RTMPS_CERT: 'c',
      RTMP_RTMPS_KEY: 'k',
      RTMP_HTTPS_PORT: '0',
      RTMP_ACCESS_USERS: '{"anna":"x"}',
      RTMP_ACCESS_CHALLENGE_SCHEME: 'adobe',
      RTMP_ACCESS_TABLE_RULES: '[{"stream":"*","play":true}]',
      RTMP_ACCESS_TOKENS_SECRETS: 's',
      RTMP_ACCESS_JWT_SECRET: 's',
      RTMP_ACCESS_CALLBACKS_PLAY: 'http://localhost/',
      RTMP_ACCESS_ADDRESSES_CONNECT_DENY: '192.0.2.1',
      RTMP_CLUSTER_DIRECTORY: 'redis://localhost',
    }
    const changed: Record<string, string> = {
      'rtmps.certificates': '[{"cert":"a","key":"b"}]',
      listeners: '[{"port":1}]',
      relays: '[{"push":"rtmp://other/live/{streamName}"}]',
      recordings: '[{"file":"recordings/{path}/{start}.{ext}"}]',
      'run.onPublish': '[{"command":["date"]}]',
      'run.onPlay': '[{"command":["date"]}]',
      'run.onRecordingEnded': '[{"command":["date"]}]',
      'streams.latency': '7',
      'access.users': '{"ben":"y"}',
      'access.challenge.scheme': 'llnw',
      'access.table.rules': '[{"stream":"x"}]',
      'access.tokens.actions': 'play',
      'access.jwt.actions': 'play',
      'access.callbacks.headers': '{"a":"b"}',
      'access.callbacks.retries': '7',
      'access.callbacks.connect': 'http://other/',
      'access.callbacks.publish': 'http://other/',
      'access.callbacks.play': 'http://other/',
      'access.callbacks.ended': 'http://other/',
      'access.callbacks.recording': 'http://other/',
      'access.jwt.jwksUrl': 'http://other/',
      'drain.tcUrl': 'rtmp://other/live',
      'hls.mode': 'always',
      'hls.partMs': '100',
      ladders: '[{"rungs":[{"height":720}]}]',
      'cluster.directory': 'redis://other',
      'cluster.redirectTo': 'rtmp://other',
      ...others,
    }
    const plain = JSON.stringify(serverOptionsOf(load({ environment: base })))
    for (const { path, variable, form, fallback, expected } of CONFIGURATION_OPTIONS) {
      const name = path.join('.')
      if (path[0] === 'log' || path[0] === 'workers') continue // read by the command itself
      const text =
        changed[name] ??
        {
          number: '4242',
          numberOrWord: '4711',
          boolean: String(fallback !== true),
          text: anotherWord(expected, fallback) ?? 'other',
          list: 'a,b',
          json: '',
        }[form]
      const other = JSON.stringify(
        serverOptionsOf(load({ environment: { ...base, [variable]: text } })).valueOf(),
      )
      expect(other === plain ? `${name}=${text} changes nothing` : '').toBe('')
    }
  }, 20_000)
})

describe('sources', () => {
  test('flags count more than variables, those more than the file, that more than defaults', () => {
    const sources = {
      ...file({ rtmp: { port: 1, backlog: 2 }, streams: { graceMs: 3, player: { soft: { ms: 4 } } } }),
      environment: { RTMP_PORT: '5', RTMP_BACKLOG: '6', RTMP_HTTP_PORT: 'off', UNRELATED: 'x' },
      flags: { '--rtmp-port': '7' },
    }
    const { rtmp, http, streams } = load(sources)
    expect([rtmp.port, rtmp.backlog, http.port, streams.graceMs]).toEqual([7, 6, 'off', 3])
    expect(streams.player.soft).toEqual({ bytes: 4_194_304, ms: 4 })
    expect(load().rtmp.port).toBe(1935)
  })

  test('texts become what the option is', () => {
    const { streams, rtmp, http, access, listeners } = load({
      environment: {
        RTMP_LATENCY: '60',
        RTMP_PROXY_FROM: ' 10.0.0.0/8, ::1 ',
        RTMP_HTTP_WEB_SOCKET: 'No',
        RTMP_ACCESS_TABLE_RULES: '[{"stream":"live/*","publish":["anna"]}]',
        RTMP_LISTENERS: '[{"port":1936}]',
      },
      flags: { '--http-metrics-per-stream': 'true', '--http-origins': '' },
    })
    expect([streams.latency, rtmp.proxyFrom]).toEqual([60, ['10.0.0.0/8', '::1']])
    expect([http.webSocket, http.metricsPerStream, http.origins]).toEqual([false, true, []])
    expect(access.table.rules).toEqual([{ stream: 'live/*', publish: ['anna'] }])
    expect(listeners).toEqual([{ port: 1936 }])
  })

  test('what orchestrators set for their own purposes is not taken, and is told of', () => {
    const environment = {
      RTMP_PORT: 'tcp://10.96.0.12:1935',
      RTMP_HTTP_PORT: 'tcp://10.96.0.13:8000',
      RTMP_SERVICE_HOST: '10.96.0.12',
      RTMP_PORT_1935_TCP: 'tcp://10.96.0.12:1935',
      RTMP_PORT_1935_TCP_PORT: '1935',
      RTMP_STATS_INTERVAL_MS: 'UDP://10.96.0.12:5',
      // Compose sets what it has no value for to nothing.
      RTMP_BACKLOG: '',
      RTMP_HOST: '',
      RTMP_LOG_LEVEL: ' ',
      RTMP_HTTP_TOKEN: '',
      RTMP_LISTENERS: '',
      RTMP_HTTP_ORIGINS: '',
    }
    const sources = { ...file({ rtmp: { port: 1936 }, http: { token: 'kept' } }), environment }
    const loaded = loadConfiguration(sources)
    expect(loaded.ok && loaded.notes).toEqual([
      'RTMP_PORT=tcp://10.96.0.12:1935 was not taken: it is the address of a service, set by Kubernetes or Docker',
      'RTMP_HTTP_PORT=tcp://10.96.0.13:8000 was not taken: it is the address of a service, set by Kubernetes or Docker',
      'RTMP_STATS_INTERVAL_MS=UDP://10.96.0.12:5 was not taken: it is the address of a service, set by Kubernetes or Docker',
    ])
    const { rtmp, http, log, listeners, statsIntervalMs } = load(sources)
    expect([rtmp.port, rtmp.backlog, rtmp.host, http.port, log.level]).toEqual([1936, 511, '*', 8000, 'info'])
    expect([http.token, listeners, statsIntervalMs, http.origins]).toEqual(['kept', [], 5000, []])
    expect(problems({ flags: { '--rtmp-port': 'tcp://10.96.0.12:1935' } })).toHaveLength(1)
  })

  test('a file is not changed, and cannot reach prototypes', () => {
    const value = JSON.parse('{"rtmp":{"port":1},"__proto__":{"polluted":true}}') as Record<string, unknown>
    expect(problems(file(value))).toEqual([
      'rtmp.yaml, __proto__: there is no such option; rtmp-server --help says where all are listed.',
    ])
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    const shared = Object.freeze({ rtmp: Object.freeze({ port: 1 }) })
    expect(load({ ...file(shared), flags: { '--rtmp-port': '2' } }).rtmp.port).toBe(2)
  })
})

describe('mistakes say where they are, what was wrong and what to do', () => {
  test.each<[string, Sources, string]>([
    [
      'a flag',
      { flags: { '--rtmp-port': '70000' } },
      "--rtmp-port: 70000 will not do; give a number from 0 to 65535, or 'off'.",
    ],
    [
      'a variable',
      { environment: { RTMP_HTTP_PORT: 'yes' } },
      "RTMP_HTTP_PORT: 'yes' will not do; give a number from 0 to 65535, or 'off'.",
    ],
    [
      'a file',
      file({ streams: { graceMs: '10s' } }),
      "rtmp.yaml, streams.graceMs: '10s' will not do; give a whole number from 0 on.",
    ],
    [
      'an unknown option',
      file({ rtmp: { prot: 1935 } }),
      'rtmp.yaml, rtmp.prot: there is no such option; did you mean rtmp.port?',
    ],
    [
      'a section that is written wrong',
      file({ rtpm: { port: 1935 } }),
      'rtmp.yaml, rtpm: there is no such option; did you mean rtmp?',
    ],
    [
      'an unknown section',
      file({ playlists: {} }),
      'rtmp.yaml, playlists: there is no such option; rtmp-server --help says where all are listed.',
    ],
    [
      'a section that is none',
      file({ streams: 5 }),
      'rtmp.yaml, streams: 5 will not do; give a section with options.',
    ],
    [
      'one inside a rule',
      file({ access: { table: { rules: [{ strem: '*' }] } } }),
      "rtmp.yaml, access.table.rules[0].stream: 'stream' is missing; give a list of { stream: 'live/*', publish, play }, each of these true, false, 'users' or a list of users.",
    ],
    [
      'a word too much inside a rule',
      file({ access: { table: { rules: [{ stream: '*', publsh: true }] } } }),
      "rtmp.yaml, access.table.rules[0].publsh: there is no 'publsh' here, beside stream; give a list of { stream: 'live/*', publish, play }, each of these true, false, 'users' or a list of users.",
    ],
    [
      'an option at the wrong level',
      file({ latency: 'low' }),
      'rtmp.yaml, latency: there is no such option; did you mean streams.latency?',
    ],
    [
      'an option in the wrong section',
      file({ rtmp: { graceMs: 5 } }),
      'rtmp.yaml, rtmp.graceMs: there is no such option; did you mean streams.graceMs?',
    ],
    [
      'a section at the wrong level',
      file({ cache: { ms: 5 } }),
      'rtmp.yaml, cache: there is no such option; did you mean streams.cache?',
    ],
    [
      'a name that several have',
      file({ cert: 'x.pem' }),
      'rtmp.yaml, cert: there is no such option; did you mean rtmps.cert?',
    ],
    [
      'a choice',
      { flags: { '--log-level': 'loud' } },
      "--log-level: 'loud' will not do; give 'trace', 'debug', 'info', 'warn', 'error' or 'silent'.",
    ],
    [
      'a URL of another kind',
      { flags: { '--drain-tc-url': 'http://there/' } },
      "--drain-tc-url: 'http://there/' will not do; give a URL that begins with rtmp:// or rtmps://.",
    ],
    [
      'JSON that is none',
      { environment: { RTMP_LISTENERS: '[{' } },
      "RTMP_LISTENERS: '[{' is not JSON; give a list of { port }, each with host, tls and proxyFrom if needed; tls takes the certificates of rtmps.",
    ],
    [
      'a relay that is none, by its place and never by its words',
      file({ relays: [{ push: 'rtmp://a/live/x' }, { pull: 'https://me:hunter2@a/live/x' }] }),
      expect.stringMatching(
        /^rtmp\.yaml, relays\[1\]\.pull: what it says will not do; give a list of \{ push/,
      ),
    ],
    [
      'a relay both ways',
      { environment: { RTMP_RELAYS: '[{"push":"rtmp://a/live/x","pull":"rtmp://a/live/x"}]' } },
      expect.stringMatching(/^RTMP_RELAYS \(relays\[0\]\): what it says will not do; give a list of/),
    ],
  ])('%s', (_name, sources, sentence) => {
    expect(problems(sources)[0]).toEqual(sentence)
  })

  test('all of them at once, secrets never shown', () => {
    const found = problems({
      flags: { '--rtmp-port': 'x', '--latency': 'slow' },
      environment: { RTMP_ACCESS_USERS: 'hunter2' },
    })
    expect(found).toHaveLength(3)
    expect(found.join()).not.toContain('hunter2')
    expect(problems(file({ access: { jwt: { secret: 12345 } } })).join()).not.toContain('12345')
  })

  test('RTMPS without a certificate', () => {
    expect(() => serverOptionsOf(load({ flags: { '--rtmps-port': '443' } }))).toThrow(
      expect.objectContaining({ code: 'CERTIFICATE_MISSING', path: 'rtmps.cert' }),
    )
  })
})

test('secrets are masked, keys and the rest are not', () => {
  const shown = maskedConfiguration(
    load(
      file({
        access: {
          users: { anna: 'hunter2' },
          tokens: { secrets: ['hunter2'] },
          callbacks: { publish: 'https://me:hunter2@host/x', headers: { authorization: 'hunter2' } },
        },
        rtmps: { certificates: [{ pfx: 'a', passphrase: 'hunter2' }] },
        http: { token: 'hunter2' },
        relays: [
          { push: ['rtmps://me:hunter2@host:443/app/hunter2', 'rtmp://host/{app}/{streamName}?key=hunter2'] },
          { pull: 'rtmp://host/live/{streamName}', stream: 'live/*' },
        ],
      }),
    ),
  )
  expect(JSON.stringify(shown)).not.toContain('hunter2')
  expect(shown).toMatchObject({
    access: {
      users: { anna: '***' },
      tokens: { secrets: ['***'] },
      callbacks: { publish: 'https://me:***@host/x', secret: '' },
    },
    relays: [
      { push: ['rtmps://host:443/app/***', 'rtmp://host/{app}/{streamName}?***'] },
      { pull: 'rtmp://host/live/{streamName}', stream: 'live/*' },
    ],
    rtmp: { port: 1935 },
  })
})
