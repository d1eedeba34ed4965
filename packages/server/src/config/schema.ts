import { DEFAULT_DEADLINES, DEFAULT_SESSION_LIMITS } from '@rtmp/session'
import * as v from 'valibot'
import { DEFAULT_SERVER_LIMITS } from '../contract/limits.ts'
import { DEFAULT_CLOSING } from '../contract/options.ts'
import {
  batchRule,
  DEFAULT_CACHE_LIMITS,
  DEFAULT_SUBSCRIBER_LIMITS,
  DEFAULT_STREAM_OPTIONS,
  DEFAULT_WIDEN_TO_MS,
  type Latency,
} from '@rtmp/live/engine'
import { accessSchema } from './access-schema.ts'
import { clusterSchema, workersOption } from './cluster-schema.ts'
import { checked, choice, list, number, port, structure, text, url, yesNo } from './field.ts'
import { LOG_FORMATS, LOG_LEVELS } from './log-options.ts'
import { hlsSchema, laddersOption, obsSchema } from './hls-schema.ts'
import { isMemoryLimit, type MemoryLimit } from './memory-limit.ts'
import { recordingsOption, runSection } from './recording-schema.ts'
import { relaysOption } from './relay-schema.ts'
import { section } from './section.ts'

const HOST = "address to listen on; '*' for every address, IPv4 and IPv6"
const PROXY_FROM =
  'addresses and networks of load balancers, which must send a header of the PROXY protocol (version 1 or 2)'

const isLatency = (value: unknown): value is Latency => {
  try {
    batchRule(value as Latency)
    return true
  } catch {
    return false
  }
}

const certificate = v.strictObject({
  cert: v.optional(v.string()),
  key: v.optional(v.string()),
  pfx: v.optional(v.string()),
  passphrase: v.optional(v.string()),
  serverNames: v.optional(v.array(v.string())),
})

const listener = v.strictObject({
  port: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535)),
  host: v.optional(v.string()),
  tls: v.optional(v.boolean()),
  proxyFrom: v.optional(v.array(v.string())),
})

const rtmp = section('RTMP', {
  port: port(1935, 'port for RTMP; 0 takes a free one'),
  host: text('*', HOST, { flag: 'host' }),
  backlog: number(511, 'connections that may wait to be accepted; the system may allow less', 1, 65_535),
  proxyFrom: list([], PROXY_FROM),
})

const rtmps = section('RTMPS (RTMP over TLS)', {
  port: port('off', 'port for RTMPS; 443 is usual'),
  host: text('*', HOST),
  cert: text('', 'path of the certificate chain, a PEM file'),
  key: text('', 'path of the private key, a PEM file'),
  pfx: text('', 'path of a PKCS#12 file, instead of cert and key'),
  passphrase: text('', 'passphrase of the key or the PKCS#12 file', { secret: true }),
  certificates: structure(
    [],
    'more certificates; which one a client gets is decided by the server name it asks for (SNI)',
    'a list of { cert, key } or { pfx }, each with passphrase and serverNames if needed',
    v.array(certificate),
    { secret: true },
  ),
  minVersion: choice(['TLSv1.2', 'TLSv1.3'], 'TLSv1.2', 'oldest version of TLS that is spoken'),
  watch: yesNo(true, 'read certificates again when their files change (SIGHUP does so in any case)'),
  handshakeMs: number(10_000, 'milliseconds for a TLS handshake', 1),
  proxyFrom: list([], PROXY_FROM),
})

const http = section('HTTP', {
  port: port(8000, 'port for streams over HTTP and WebSocket, health, metrics and the API'),
  host: text('*', HOST),
  webSocket: yesNo(true, 'carry RTMP over WebSocket at /rtmp'),
  pages: yesNo(
    true,
    'pages to watch on at /{path}, to administer at /_/console/, to publish from at /_/go-live',
  ),
  posters: yesNo(
    true,
    'pictures of streams at /{path}.jpg, made by FFmpeg where it is there, else a video of one picture',
  ),
  origins: list(
    ['*'],
    "origins of web pages that may use the WebSocket and publish by POST; '*' for all; the server's own pages, by its address, need not be named",
  ),
  token: text('', 'bearer token with which /metrics and /_/api may be used', { secret: true }),
  adminFrom: list([], 'addresses and networks that may use /metrics and /_/api without the token'),
  metricsPerStream: yesNo(false, 'metrics of every stream, labelled with its app and name'),
})

const https = section('HTTPS: what http says over TLS, with HTTP/2, and the certificates of rtmps', {
  port: port('off', 'port for HTTPS; 443 is usual'),
  host: text('*', HOST),
})

const streams = section('Streams', {
  latency: checked<Latency>(
    'balanced',
    "how long messages may wait to be sent together: 'low', 'balanced', 'throughput' or milliseconds",
    "'low', 'balanced', 'throughput' or a number of milliseconds up to 5000",
    isLatency,
    { flag: 'latency' },
  ),
  widenToMs: number(
    DEFAULT_WIDEN_TO_MS,
    'how far waiting may be stretched while the process is short of time, in milliseconds; 0 never',
    0,
    5000,
  ),
  secondPublisher: choice(
    ['refuse', 'replace', 'replaceIfIdle'],
    DEFAULT_STREAM_OPTIONS.secondPublisher,
    'what happens to a second publisher of a name',
  ),
  idlePublisherMs: number(
    DEFAULT_STREAM_OPTIONS.idlePublisherMs,
    "silence after which 'replaceIfIdle' takes a publisher to be gone, in milliseconds",
  ),
  graceMs: number(
    DEFAULT_STREAM_OPTIONS.graceMs,
    'how long players wait for a lost publisher, in milliseconds',
  ),
  absentStream: choice(
    ['wait', 'reject'],
    DEFAULT_STREAM_OPTIONS.absentStream,
    'what happens to players of a stream that is not there',
  ),
  waitMs: number(
    DEFAULT_STREAM_OPTIONS.waitMs,
    'how long a player waits for a stream to begin, in milliseconds; 0 for ever',
  ),
  startWithoutKeyFrameMs: number(
    DEFAULT_STREAM_OPTIONS.startWithoutKeyFrameMs,
    'after so long without a key frame players start with any frame, in milliseconds; 0 never',
  ),
  cache: section('Kept for late joiners, for each stream', {
    bytes: number(DEFAULT_CACHE_LIMITS.bytes, 'bytes of the current group of pictures'),
    messages: number(DEFAULT_CACHE_LIMITS.messages, 'messages of the current group of pictures'),
    ms: number(DEFAULT_CACHE_LIMITS.ms, 'age of its key frame, in milliseconds'),
    headerBytes: number(DEFAULT_CACHE_LIMITS.headerBytes, 'bytes of headers and data frames'),
    headers: number(DEFAULT_CACHE_LIMITS.headers, 'headers, and data frames'),
  }),
  player: section('What may wait for a player', {
    soft: section('Bound over which it gets sound only', {
      bytes: number(DEFAULT_SUBSCRIBER_LIMITS.soft.bytes, 'bytes'),
      ms: number(DEFAULT_SUBSCRIBER_LIMITS.soft.ms, 'age in milliseconds'),
    }),
    hard: section('Bound over which it is disconnected', {
      bytes: number(DEFAULT_SUBSCRIBER_LIMITS.hard.bytes, 'bytes'),
      ms: number(DEFAULT_SUBSCRIBER_LIMITS.hard.ms, 'age in milliseconds'),
    }),
  }),
})

const deadlines = section('Deadlines, in milliseconds; 0 for none', {
  handshake: number(DEFAULT_DEADLINES.handshake, 'the handshake'),
  connect: number(DEFAULT_DEADLINES.connect, 'from the handshake to connect'),
  command: number(DEFAULT_DEADLINES.command, 'without any publish or play'),
  publisherIdle: number(DEFAULT_DEADLINES.publisherIdle, 'silence of a publisher'),
  decision: number(DEFAULT_DEADLINES.decision, 'a decision about a request'),
  call: number(DEFAULT_DEADLINES.call, "the client's answer to a call"),
})

const session = section('Connections', {
  chunkSize: number(60_000, 'largest chunk that is sent, in bytes', 128, 0xff_ff_ff),
  windowAckSize: number(2_500_000, 'bytes after which clients acknowledge', 1, 0x7fff_ffff),
  peerBandwidth: number(2_500_000, 'bytes that clients may have unacknowledged', 1, 0x7fff_ffff),
  strict: yesNo(false, 'only what the specification says is understood, not what clients in the field do'),
  maxMediaMessageBytes: number(
    DEFAULT_SESSION_LIMITS.maxMediaMessageBytes,
    'largest audio or video message, in bytes',
    1,
    0xff_ff_ff,
  ),
  maxBufferedBytes: number(DEFAULT_SESSION_LIMITS.maxBufferedBytes, 'unfinished messages, in bytes', 1),
  maxMessageStreams: number(DEFAULT_SESSION_LIMITS.maxMessageStreams, 'message streams at once', 1, 65_536),
  maxCommandsPerSecond: number(
    DEFAULT_SESSION_LIMITS.maxCommandsPerSecond,
    'commands of a client in a second, four seconds of them at once; 0 for any number',
  ),
  maxMessagesPerSecond: number(
    DEFAULT_SESSION_LIMITS.maxMessagesPerSecond,
    'messages of a client in a second beside one for every 64 bytes, four seconds of them at once; further ones wait; 0 for any number',
  ),
  deadlines,
  ping: section('Pings, in milliseconds', {
    interval: number(60_000, 'from one ping to the next; 0 sends none'),
    timeout: number(30_000, 'silence after a ping that ends the connection; 0 never does'),
  }),
})

const limits = section('Limits of the whole server; 0 for none', {
  connections: number(DEFAULT_SERVER_LIMITS.connections, 'connections at once'),
  connectionsPerAddress: number(
    DEFAULT_SERVER_LIMITS.connectionsPerAddress,
    'connections at once from one address (IPv6: one /64)',
  ),
  connectionsPerApp: number(DEFAULT_SERVER_LIMITS.connectionsPerApp, 'connections at once to one app'),
  playersPerStream: number(DEFAULT_SERVER_LIMITS.playersPerStream, 'players of one stream at once'),
  newConnectionsPerSecond: number(
    DEFAULT_SERVER_LIMITS.newConnectionsPerSecond,
    'new connections in a second',
  ),
  newConnectionsPerSecondPerAddress: number(
    DEFAULT_SERVER_LIMITS.newConnectionsPerSecondPerAddress,
    'new connections in a second from one address (IPv6: one /64)',
  ),
  httpSockets: number(
    DEFAULT_SERVER_LIMITS.httpSockets,
    'sockets at once over which one may ask by HTTP; those that carry a client are connections instead',
  ),
  httpSocketsPerAddress: number(
    DEFAULT_SERVER_LIMITS.httpSocketsPerAddress,
    'sockets of HTTP at once from one address (IPv6: one /64)',
  ),
  httpRequestsPerSecondPerAddress: number(
    DEFAULT_SERVER_LIMITS.httpRequestsPerSecondPerAddress,
    'requests over HTTP in a second from one address (IPv6: one /64), and 20 more for each client that is connected from there',
  ),
  memoryBytes: checked<MemoryLimit>(
    'auto',
    "all that clients make the server keep, with what it costs to keep it, in bytes; 'auto' goes by the memory there is",
    "a whole number from 0 on, or 'auto'",
    isMemoryLimit,
  ),
  writeStallMs: number(
    DEFAULT_SERVER_LIMITS.writeStallMs,
    'how long what a client is sent may stand still, in milliseconds',
  ),
  firstMediaMs: number(
    DEFAULT_SERVER_LIMITS.firstMediaMs,
    'from the start of a publish to its first media, in milliseconds',
  ),
  playerIdleMs: number(
    DEFAULT_SERVER_LIMITS.playerIdleMs,
    'how long a player may be given nothing, in milliseconds',
  ),
})

/** The one source of the configuration's type, its flags, variables and defaults, and docs/configuration.md. */
export const configurationSchema = section('', {
  rtmp,
  rtmps,
  listeners: structure(
    [],
    'more ports',
    'a list of { port }, each with host, tls and proxyFrom if needed; tls takes the certificates of rtmps',
    v.array(listener),
  ),
  http,
  https,
  hls: hlsSchema,
  ladders: laddersOption,
  obs: obsSchema,
  streams,
  session,
  limits,
  enhanced: choice(
    ['auto', 'legacyOnly', 'enhancedOnly'],
    'auto',
    'Enhanced RTMP at connect: told to those that announce it, told to nobody, or required',
  ),
  enhancedOutput: choice(
    ['obey', 'always', 'announced'],
    'obey',
    'Enhanced RTMP for players: what they announce is obeyed and silence gets everything, or to everybody, or silence gets nothing of it',
  ),
  statsIntervalMs: number(
    5000,
    'how often statistics are taken for hooks and events, in milliseconds; 0 never',
  ),
  directWrite: choice(
    ['auto', 'off'],
    'auto',
    'write to sockets past their streams where this version of Node can (a third less work for each write), or never',
  ),
  relays: relaysOption,
  workers: workersOption,
  cluster: clusterSchema,
  recordings: recordingsOption,
  run: runSection,
  access: accessSchema,
  closing: section('The end of a connection, in milliseconds', {
    flushMs: number(DEFAULT_CLOSING.flushMs, 'for what is still to be sent'),
    lingerMs: number(DEFAULT_CLOSING.lingerMs, 'for the client to end its side'),
  }),
  drain: section('The end of the server', {
    deadlineMs: number(10_000, 'how long clients may take to leave after the first signal, in milliseconds'),
    tcUrl: url(
      ['rtmp', 'rtmps'],
      'where clients that know reconnect requests are sent; by default to the same address',
    ),
  }),
  log: section('Log', {
    level: choice(LOG_LEVELS, 'info', 'how much to log'),
    format: choice(LOG_FORMATS, 'auto', 'for people, for programs, or by where the log goes'),
  }),
})
