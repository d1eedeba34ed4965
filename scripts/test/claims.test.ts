// What READMEs say of limits and defaults is what the code has: each sentence is made here from the constants and looked for there.
// Sizes are in size.test.ts, runtimes in workers.test.ts and release.test.ts, error codes in registries.test.ts.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { resolveLimits } from '../../packages/amf0/src/limits.ts'
import { DEFAULT_AMF3_LIMITS } from '../../packages/amf3/src/index.ts'
import { DEFAULT_CHUNK_LIMITS } from '../../packages/chunk/src/index.ts'
import { DEFAULT_CLIENT_DEADLINES } from '../../packages/client/src/core/options.ts'
import { DEFAULT_LEASE } from '../../packages/cluster/src/directory.ts'
import { DEFAULT_TIMESCALE } from '../../packages/cmaf/src/track-config.ts'
import { runCommand } from '../../packages/conformance/src/node/command/program.ts'
import { DEFAULT_FLV_LIMITS } from '../../packages/flv/src/reader-options.ts'
import { HANDSHAKE_SIZE, PACKET_SIZE } from '../../packages/handshake/src/index.ts'
import { resolveOptions as hlsOptions } from '../../packages/hls/src/options.ts'
import { DEFAULT_CACHE_LIMITS, DEFAULT_SUBSCRIBER_LIMITS } from '../../packages/live/src/limits.ts'
import { batchRule } from '../../packages/live/src/latency.ts'
import { DEFAULT_STREAM_OPTIONS, DEFAULT_WIDEN_TO_MS } from '../../packages/live/src/stream-defaults.ts'
import { DEFAULT_MESSAGE_LIMITS } from '../../packages/message/src/index.ts'
import { resolveOptions as playerOptions } from '../../packages/player/src/player-options.ts'
import { resolveRecordOptions } from '../../packages/recorder/src/recording-options.ts'
import { CONFIGURATION_OPTIONS } from '../../packages/server/src/config/option.ts'
import { DEFAULT_CLOSING } from '../../packages/server/src/contract/options.ts'
import { DEFAULT_DEADLINES, DEFAULT_SESSION_LIMITS } from '../../packages/session/src/index.ts'
import { root } from '../package-metadata.ts'

const count = (value: number): string => value.toLocaleString('en')
const MiB = (bytes: number): string => `${bytes / 1024 ** 2} MiB`
const KiB = (bytes: number): string => `${bytes / 1024} KiB`
/** Of milliseconds. */
const s = (ms: number): string => `${ms / 1000} s`

const textOf = (folder: string): string =>
  readFileSync(join(root, 'packages', folder, 'README.md'), 'utf8').replaceAll(/\s+/g, ' ')

/** Sentences are found whichever way their lines are broken. */
const expectSaid = (folder: string, sentences: readonly string[]): void => {
  const text = textOf(folder)
  expect(sentences.filter((sentence) => !text.includes(sentence))).toEqual([])
}

const amf = (
  limits: Readonly<Record<'maxDepth' | 'maxValues' | 'maxStringBytes' | 'maxTotalBytes', number>>,
) => [
  `| \`maxDepth\` | ${limits.maxDepth} levels, at most ${resolveLimits({ maxDepth: 1e9 }).maxDepth} |`,
  `| \`maxValues\` | ${count(limits.maxValues)} values of any kind`,
  `| \`maxStringBytes\` | ${count(limits.maxStringBytes)} `,
  `| \`maxTotalBytes\` | ${count(limits.maxTotalBytes)} of `,
]

const { soft, hard } = DEFAULT_SUBSCRIBER_LIMITS
const waiting = `${MiB(soft.bytes)} or ${s(soft.ms)}`
const waitingAtMost = `${MiB(hard.bytes)} or ${s(hard.ms)}`
const group = `${MiB(DEFAULT_CACHE_LIMITS.bytes)}, ${count(DEFAULT_CACHE_LIMITS.messages)} messages or ${s(DEFAULT_CACHE_LIMITS.ms)}`
const kept = `${MiB(DEFAULT_CACHE_LIMITS.headerBytes)}, ${DEFAULT_CACHE_LIMITS.headers} each`
const streams = `${s(DEFAULT_STREAM_OPTIONS.graceMs)}, ${s(DEFAULT_STREAM_OPTIONS.waitMs)}`
const { secondPublisher, absentStream } = DEFAULT_STREAM_OPTIONS
const session = DEFAULT_SESSION_LIMITS
const chunk = DEFAULT_CHUNK_LIMITS
const client = DEFAULT_CLIENT_DEADLINES
const hls = hlsOptions({})
const { latency, buffer, reconnect } = playerOptions({})

const CLAIMS: readonly (readonly [folder: string, sentences: readonly string[]])[] = [
  ['amf0', amf(resolveLimits())],
  ['amf3', amf(DEFAULT_AMF3_LIMITS)],
  [
    'handshake',
    [
      `Fixed: ${PACKET_SIZE} bytes while the first packet comes in, then the ${HANDSHAKE_SIZE} bytes of the answer`,
    ],
  ],
  [
    'chunk',
    [
      `| \`maxMediaLength\`: audio, video, aggregate | ${count(chunk.maxMediaLength)} bytes |`,
      `| \`maxMessageLength\`: everything else | ${MiB(chunk.maxMessageLength)} |`,
      `| \`maxBufferedBytes\`: of unfinished messages | ${MiB(chunk.maxBufferedBytes)} |`,
      `| \`maxPartialMessages\`: unfinished at once | ${chunk.maxPartialMessages} |`,
      `| \`maxChunkStreams\` | ${chunk.maxChunkStreams}, whatever their ids |`,
      `| ${chunk.headerBytesPerPayloadByte}, and ${MiB(chunk.headerAllowance)} beyond`,
    ],
  ],
  [
    'message',
    [
      `${count(DEFAULT_MESSAGE_LIMITS.maxAggregateMessages)} sub-messages in an aggregate, ${MiB(DEFAULT_MESSAGE_LIMITS.maxAggregateDataLength)} for a data message inside one, ${count(DEFAULT_MESSAGE_LIMITS.maxSharedObjectEvents)} events, changes and arguments`,
    ],
  ],
  ['flv', [`\`maxTagSize\` ${count(DEFAULT_FLV_LIMITS.maxTagSize)} bytes`]],
  [
    'session',
    [
      `${count(session.maxMediaMessageBytes)} bytes a media message, ${MiB(session.maxCommandMessageBytes)} any other, ${MiB(session.maxBufferedBytes)} of unfinished messages`,
      `${session.maxChunkStreams} chunk streams, ${session.maxMessageStreams} message streams, ${session.maxPendingCalls} calls and ${session.maxPendingRequests} requests waiting`,
      `${MiB(session.maxHeldBytes)} or ${session.maxHeldMessages} messages held for a decision, ${KiB(session.maxNameBytes)} a name, ${session.maxPongsPerReceive} ping answers per slice`,
      `${KiB(session.maxConnectBytes)} of connect, ${session.maxCommandsPerSecond} commands and ${count(session.maxMessagesPerSecond)} messages a second`,
      `handshake and connect ${s(DEFAULT_DEADLINES.handshake)}, first publish or play ${s(DEFAULT_DEADLINES.command)}, a silent publisher ${s(DEFAULT_DEADLINES.publisherIdle)}, our decision ${s(DEFAULT_DEADLINES.decision)}, their answer ${s(DEFAULT_DEADLINES.call)}`,
    ],
  ],
  [
    'live',
    [
      `soft ${waiting}, hard ${waitingAtMost}`,
      `| ${group} |`,
      `| ${kept} |`,
      `| ${streams} |`,
      `widen by themselves, to ${DEFAULT_WIDEN_TO_MS} ms`,
    ],
  ],
  ['cmaf', [`the timescale is ${DEFAULT_TIMESCALE}`]],
  [
    'hls',
    [
      `| ${s(hls.windowMs)}, at least three target durations`,
      `| ${MiB(hls.maxBytes)} a stream`,
      `| ${count(hls.maxWaiting)}; each for three target durations at most |`,
    ],
  ],
  [
    'player',
    [
      `\`{ target: ${latency.target}, most: ${latency.most}, maxRate: ${latency.maxRate}, jumpAbove: ${latency.jumpAbove} }\``,
      `\`{ behind: ${buffer.behind}, ahead: ${buffer.ahead} }\``,
      `\`{ attempts: ${reconnect.attempts === Number.POSITIVE_INFINITY ? '∞' : reconnect.attempts}, delay: ${reconnect.delay}, maxDelay: ${reconnect.maxDelay}, silence: ${reconnect.silence} }\``,
    ],
  ],
  ['cluster', [`${s(DEFAULT_LEASE)} after the last renewal at most`, `lease: ${DEFAULT_LEASE},`]],
  [
    'client',
    [
      `${s(client.dial)} for dialling, the handshake, connect and each answer, ${s(client.stall)} for a transport that takes nothing, ${s(client.close)} for the server to close`,
    ],
  ],
  [
    'server',
    [
      `| ${waiting}, ${waitingAtMost} |`,
      `| ${group} |`,
      `| ${kept} |`,
      `| ${streams} |`,
      `| ${s(DEFAULT_CLOSING.flushMs)}, ${s(DEFAULT_CLOSING.lingerMs)} |`,
      `soft ${waiting}, hard ${waitingAtMost}`,
      `A publisher that is lost is waited for (${s(DEFAULT_STREAM_OPTIONS.graceMs)})`,
    ],
  ],
]

test.each(CLAIMS)('the README of %s says the limits and defaults that hold', (folder, sentences) => {
  expectSaid(folder, sentences)
})

test('what is equal by default is said of both', () => {
  expect(DEFAULT_DEADLINES.connect).toBe(DEFAULT_DEADLINES.handshake)
  expect([client.handshake, client.connect, client.request]).toEqual(Array(3).fill(client.dial))
  expect(secondPublisher).toBe('refuse')
  expect(absentStream).toBe('wait')
  expect(batchRule(5000).windowMs).toBe(5000)
  expect(() => batchRule(5001)).toThrow('LATENCY')
})

test('the README of session counts the recorded conversations that are replayed, and names who was there', () => {
  const recorded = JSON.parse(readFileSync(join(root, 'vectors/streams/index.json'), 'utf8')) as readonly {
    readonly name: string
  }[]
  expectSaid('session', [`${recorded.length} recorded conversations of `])
  const sentence = / recorded conversations of (.*?) are part /.exec(textOf('session'))?.[1] ?? ''
  const named: Record<string, string> = { rtmpdump: 'librtmp' }
  const peers = recorded.flatMap(({ name }) => {
    const [client = '', server] = [name.split('-')[0], /-(?:to|from)-([a-z]+)/.exec(name)?.[1]]
    return server === undefined ? [named[client] ?? client] : [client, server]
  })
  const missing = [...new Set(peers)].filter((peer) => !sentence.toLowerCase().includes(peer.toLowerCase()))
  expect(missing).toEqual([])
})

test('the README of recorder says the defaults that hold', () => {
  const { syncMs, minFreeBytes, retryMs, format, newHeaders } = resolveRecordOptions(
    { file: 'recordings/{path}.flv', path: 'live/show' },
    { files: undefined as never, clock: undefined as never },
  )
  expectSaid('recorder', [
    `all but the last \`syncMs\` (${s(syncMs)})`,
    `\`minFreeBytes\` (${MiB(minFreeBytes)})`,
    `every \`retryMs\` (${s(retryMs)})`,
    `(\`format: '${format}'\`, default)`,
    `(\`newHeaders: '${newHeaders}'\`)`,
  ])
})

test('the README of server has the defaults of the flags that it names', () => {
  const fallback = (flag: string): string =>
    String(CONFIGURATION_OPTIONS.find((option) => option.flag === flag)?.fallback)
  expect([fallback('--host'), fallback('--rtmps-port')]).toEqual(['*', 'off'])
  expectSaid('server', [
    `| \`--rtmp-port\`, \`--host\` | ${fallback('--rtmp-port')}, every address |`,
    `| \`--http-port\` | ${fallback('--http-port')} |`,
    `| \`--latency\` | \`${fallback('--latency')}\` |`,
    `| \`--log-level\`, \`--log-format\` | \`${fallback('--log-level')}\`, \`${fallback('--log-format')}\` |`,
  ])
})

test('the README of conformance has the defaults that its commands tell', async () => {
  const help = async (command: string): Promise<string> => {
    const stdout = new PassThrough()
    await runCommand([command, '--help'], { stdout, stderr: stdout, signal: AbortSignal.abort() }, '0')
    return String(stdout.read()).replaceAll(/\s+/g, ' ')
  }
  const fallback = (text: string, flag: string): number =>
    Number(new RegExp(`${flag} <[^>]*>[^(]*\\(default: (\\d+)\\)`).exec(text)?.[1])
  const [server, ofClient, fuzz] = [await help('server'), await help('client'), await help('fuzz')]
  expectSaid('conformance', [
    `not come is waited for for ${s(fallback(server, '--quiet-ms'))}`,
    `| ${s(fallback(server, '--answer-ms'))} | ${s(fallback(ofClient, '--answer-ms'))} |`,
    `| ${fallback(server, '--parallel')}, at most 64 | ${fallback(ofClient, '--parallel')}, at most 16 |`,
    `after ${count(fallback(fuzz, '--sessions'))} sessions or ${fallback(fuzz, '--minutes')} minutes`,
  ])
})

/** A constant that its package keeps to itself, as its source has it: a number, a product or a shift. */
const constantIn = (file: string, name: string): number => {
  const source = readFileSync(join(root, 'packages', file), 'utf8')
  const [, value = ''] =
    new RegExp(`^(?:export )?const ${name}(?:: number)? = ([\\d_ *<]+)$`, 'm').exec(source) ?? []
  if (value === '') throw new Error(`${file} has no ${name}`)
  const [base = '', shift = '0'] = value.replaceAll('_', '').split('<<')
  return base.split('*').reduce((product, factor) => product * Number(factor), 1) * 2 ** Number(shift)
}

const INNER: readonly (readonly [
  folder: string,
  file: string,
  name: string,
  sentence: (value: number) => string,
])[] = [
  ['amf0', 'amf0/src/packed-text.ts', 'HASHES', (each) => `to ${count(2 * each)} short texts that it met`],
  ['amf0', 'amf0/src/writer.ts', 'SLAB', (bytes) => `and ${KiB(bytes)} of output`],
  ['amf0', 'amf0/src/shape.ts', 'MAX_NODES', (most) => `at most ${count(most)} names in all`],
  ['chunk', 'chunk/src/slab-pool.ts', 'DEFAULT_SLAB_SIZE', (bytes) => `slabs of ${KiB(bytes)},`],
  ['eRtmp', 'eRtmp/src/ex-header.ts', 'MAX_MOD_EX_CHAIN', (most) => `${most} ModEx entries,`],
  ['eRtmp', 'eRtmp/src/ex-message.ts', 'MAX_PACKETS_PER_MESSAGE', (most) => `${most} packets of a message`],
  [
    'eRtmp',
    'eRtmp/src/capabilities.ts',
    'MAX_FOUR_CC_ENTRIES',
    (most) => `${most} entries of each capability list`,
  ],
  ['cmaf', 'cmaf/src/cmaf-writer.ts', 'DEFAULT_PATIENCE', (ms) => `\`patience\` (${ms} ms)`],
  ['hls', 'hls/src/hls-stream.ts', 'MOST_TRACKS', (most) => `| ${most} of a kind |`],
  ['hls', 'hls/src/rendition.ts', 'MOST_PENDING', (bytes) => `| ${MiB(bytes)} a track;`],
  ['hls', 'hls/src/rendition.ts', 'MOST_IN_SEGMENT', (bytes) => `${MiB(bytes)} at most |`],
  ['recorder', 'recorder/src/open-file.ts', 'BLOCK_BYTES', (bytes) => `two blocks of ${KiB(bytes)} `],
  ['player', 'player/src/engine/frame-reader.ts', 'MAX_TAG', (bytes) => `A tag is at most ${MiB(bytes)};`],
  ['player', 'player/src/engine/held-frames.ts', 'MOST_HELD', (bytes) => `at most ${MiB(bytes)} are held`],
  [
    'player',
    'player/src/engine/track-buffer.ts',
    'MOST_WAITING',
    (bytes) => `${MiB(bytes)} that the browser does not`,
  ],
  [
    'cluster',
    'cluster/src/fields.ts',
    'MAX_PATH',
    (most) => `Paths and addresses of up to ${most} characters`,
  ],
  [
    'cluster',
    'cluster/src/fields.ts',
    'MAX_ADDRESS',
    (most) => `Paths and addresses of up to ${most} characters`,
  ],
  ['cluster', 'cluster/src/fields.ts', 'MAX_ID', (most) => `ids of up to ${most}.`],
  [
    'cluster',
    'cluster/src/redis/known-fences.ts',
    'LIMIT',
    (most) => `the ${count(most)} paths it was told of last`,
  ],
  [
    'client',
    'client/src/core/outlet.ts',
    'IN_FLIGHT_BYTES',
    (bytes) => `at most ${KiB(bytes)} to the transport`,
  ],
  [
    'client',
    'client/src/core/used-shared-object.ts',
    'MAX_PROPERTIES',
    (most) => `may have ${count(most)} properties`,
  ],
]

test.each(INNER)('the README of %s says what %s has for %s', (folder, file, name, sentence) => {
  expectSaid(folder, [sentence(constantIn(file, name))])
})
