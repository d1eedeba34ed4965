import { isDecodeError, isProtocolError, isUsageError } from '@rtmp/bytes'
import { fromHex, toHex } from '@rtmp/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { commandMessages } from '../src/arbitraries.ts'
import {
  buildCommand,
  type CommandInput,
  type CommandMessage,
  command,
  decodeCommand,
  encodeCommand,
  error,
  onStatus,
  parseCommand,
  peekCommand,
  result,
  StatusCode,
} from '../src/index.ts'
import { message, options, thrown } from './helpers.ts'

const typeOf = (value: CommandMessage): number => (value.encoding === 'amf3' ? 17 : 20)
const through = (value: CommandMessage): CommandMessage =>
  decodeCommand(message(typeOf(value), encodeCommand(value, options)), options)

describe('a command', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(commandMessages, (value) => {
        expect(through(value)).toEqual(value)
      }),
    )
  })

  it('shows its name and transaction id without the rest', () => {
    fc.assert(
      fc.property(commandMessages, fc.uint8Array({ maxLength: 20 }), (value, garbage) => {
        const head = encodeCommand({ ...value, commandObject: null, args: [] })
        const broken = new Uint8Array([...head.subarray(0, -1), ...garbage])
        expect(peekCommand(message(typeOf(value), broken))).toEqual({
          name: value.name,
          transactionId: value.transactionId,
        })
      }),
    )
  })

  it('has no head when it does not start with a whole string', () => {
    for (const hex of ['', '00', '02', '0200', '020001', '0c00000001', '03', '05']) {
      expect(peekCommand(message(20, hex))).toBeUndefined()
      expect(peekCommand(message(17, `00${hex}`))).toBeUndefined()
    }
    expect(peekCommand(message(20, '0c00000001 61'))).toEqual({ name: 'a', transactionId: 0 })
    expect(peekCommand(message(20, '020001 61 003ff0'))).toEqual({ name: 'a', transactionId: 0 })
  })

  it('answers createStream byte for byte as FFmpeg reads it', () => {
    const bytes = encodeCommand(result(4, null, 1))
    expect(bytes).toHaveLength(29)
    expect(bytes[19]).toBe(0x05)
    expect(bytes[20]).toBe(0x00)
    expect(toHex(bytes)).toBe(`0200075f726573756c74${'004010000000000000'}05${'003ff0000000000000'}`)
  })

  it('keeps values of its own', () => {
    const payload = encodeCommand(command('connect', 1, { app: 'live' }))
    const value = decodeCommand(message(20, payload))
    payload.fill(0)
    expect(value.commandObject).toEqual({ app: 'live' })
  })

  it.each([
    ['', 'COMMAND_NAME'],
    ['05', 'COMMAND_NAME'],
    ['003ff0000000000000', 'COMMAND_NAME'],
    ['020001', 'TRUNCATED'],
    ['02000161 ff', 'UNKNOWN_MARKER'],
    ['02000161 1101', 'AMF3_NOT_AVAILABLE'],
  ])('of the bytes "%s" is refused', (hex, code) => {
    const problem = thrown(() => decodeCommand(message(20, hex)))
    expect(isDecodeError(problem) && problem.code).toBe(code)
  })

  it('is held to the letter in strict mode', () => {
    const strict = { strict: true }
    const noId = thrown(() => decodeCommand(message(20, '02000161'), strict))
    expect(isDecodeError(noId) && noId.code).toBe('COMMAND_TRANSACTION_ID')
    const noFormat = thrown(() => decodeCommand(message(17, '02000161'), strict))
    expect(isDecodeError(noFormat) && noFormat.code).toBe('AMF3_FORMAT')
    expect(decodeCommand(message(17, '00 02000161 003ff0000000000000'), strict)).toEqual({
      ...command('a', 1),
      encoding: 'amf3',
    })
  })

  it('shares the AMF3 tables over the whole message', () => {
    // name, transaction id, null, AMF3 string "key", then a reference to string 0 of the table
    const bytes = `00 020001 61 00 3ff0000000000000 05 11 06 07 6b6579 11 06 00`
    expect(decodeCommand(message(17, bytes), options).args).toEqual(['key', 'key'])
  })

  it('names the place of a value that cannot be written', () => {
    const problem = thrown(() => encodeCommand(command('f', 1, null, { a: () => 1 })))
    expect(isUsageError(problem) && problem.path).toContain('$[3]')
  })
})

describe('answers and statuses', () => {
  it('carry level, code and description in this order', () => {
    const status = onStatus(StatusCode.publishBadName, { description: 'taken', clientid: 7 })
    expect(status).toEqual({
      kind: 'command',
      encoding: 'amf0',
      name: 'onStatus',
      transactionId: 0,
      commandObject: null,
      args: [{ level: 'error', code: 'NetStream.Publish.BadName', description: 'taken', clientid: 7 }],
    })
    expect(Object.keys(status.args[0] as object)).toEqual(['level', 'code', 'description', 'clientid'])
    expect(onStatus('A.B', { level: 'warning' }).args).toEqual([
      { level: 'warning', code: 'A.B', description: 'A.B' },
    ])
  })

  it('are parsed into level, code and description', () => {
    expect(parseCommand(error(3, null, { level: 'error', code: 'X.Failed', description: 'why' }))).toEqual({
      kind: '_error',
      transactionId: 3,
      properties: null,
      value: { level: 'error', code: 'X.Failed', description: 'why' },
      code: 'X.Failed',
      description: 'why',
      args: [{ level: 'error', code: 'X.Failed', description: 'why' }],
    })
    expect(parseCommand(result(4, null, 1))).toMatchObject({ kind: '_result', value: 1, code: undefined })
    expect(parseCommand(command('onStatus', 0, null, { code: 'NetStream.Play.Failed' }))).toEqual({
      kind: 'onStatus',
      transactionId: 0,
      code: 'NetStream.Play.Failed',
      level: 'error',
      description: '',
      information: { code: 'NetStream.Play.Failed' },
    })
    for (const odd of [[], [null], ['text'], [[1]], [new Date(0)]]) {
      expect(parseCommand(command('onStatus', 0, null, ...odd))).toMatchObject({ code: '', level: 'status' })
    }
    expect(parseCommand(command('onFCPublish', 0))).toMatchObject({ kind: 'onFCPublish', code: '' })
    expect(parseCommand(command('onBWDone', 0, null, 8192))).toMatchObject({ bandwidth: 8192 })
    expect(parseCommand(command('onBWDone', 0))).toMatchObject({ bandwidth: undefined })
  })
})

it('a stream’s name where the command object belongs is taken for the name, unless strict', () => {
  const bare = { ...command('play', 5), commandObject: 'key', args: [-1000, 30, false] }
  expect(parseCommand(bare)).toMatchObject({ streamName: 'key', start: -1000, duration: 30, reset: false })
  expect(parseCommand({ ...command('publish', 5), commandObject: 'key', args: ['record'] })).toMatchObject({
    streamName: 'key',
    publishType: 'record',
  })
  expect(parseCommand({ ...command('FCPublish', 5), commandObject: 'key', args: [] })).toMatchObject({
    streamName: 'key',
  })
  expect(() => parseCommand(bare, { strict: true })).toThrow(
    expect.objectContaining({ code: 'COMMAND_ARGUMENT' }),
  )
  // Where no name is expected, a text there means nothing.
  expect(parseCommand({ ...command('seek', 0), commandObject: 'key', args: [7] })).toMatchObject({
    position: 7,
  })
})

describe('typed commands', () => {
  const uint = fc.nat({ max: 1000 })
  const name = fc.string({ maxLength: 12 })
  const inputs = fc.oneof(
    fc.record({
      kind: fc.constantFrom(
        'releaseStream' as const,
        'FCPublish' as const,
        'FCUnpublish' as const,
        'FCSubscribe' as const,
        'FCUnsubscribe' as const,
        'getStreamLength' as const,
      ),
      transactionId: uint,
      streamName: name,
    }),
    fc.record({
      kind: fc.constantFrom(
        'createStream' as const,
        'closeStream' as const,
        '_checkbw' as const,
        '_onbwcheck' as const,
        '_onbwdone' as const,
        'close' as const,
      ),
      transactionId: uint,
    }),
    fc.record({
      kind: fc.constant('publish' as const),
      transactionId: uint,
      streamName: name,
      publishType: fc.constantFrom('live' as const, 'record' as const, 'append' as const),
    }),
    fc.record({
      kind: fc.constant('play' as const),
      transactionId: uint,
      streamName: name,
      start: fc.constantFrom(-2, -1, -1000, -2000, 0, 1500),
      duration: fc.constantFrom(-1, 0, 60_000),
      reset: fc.boolean(),
    }),
    fc.record({
      kind: fc.constantFrom('pause' as const, 'pauseRaw' as const),
      transactionId: uint,
      paused: fc.boolean(),
      position: uint,
    }),
    fc.record({ kind: fc.constant('seek' as const), transactionId: uint, position: uint }),
    fc.record({
      kind: fc.constantFrom('receiveAudio' as const, 'receiveVideo' as const),
      transactionId: uint,
      enabled: fc.boolean(),
    }),
    fc.record({
      kind: fc.constant('deleteStream' as const),
      transactionId: uint,
      messageStreamId: uint,
    }),
    fc.record({
      kind: fc.constant('onBWDone' as const),
      transactionId: uint,
      bandwidth: fc.option(uint, { nil: undefined }),
    }),
    fc.record({
      kind: fc.constant('connect' as const),
      transactionId: uint,
      properties: fc.record({ app: name, tcUrl: fc.constant('rtmp://h/a'), objectEncoding: fc.constant(3) }),
      args: fc.array(uint, { maxLength: 2 }),
    }),
    fc.record({
      kind: fc.constant('play2' as const),
      transactionId: uint,
      options: fc.record({ streamName: name, transition: fc.constant('switch') }),
    }),
  ) satisfies fc.Arbitrary<CommandInput>

  it('are understood as they were built, also in strict mode', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const built = buildCommand(input)
        expect(parseCommand(through(built), { strict: true })).toMatchObject({ ...input })
      }),
    )
  })

  it('leave out arguments that say nothing new and fill in those before others', () => {
    const args = (input: CommandInput): readonly unknown[] => buildCommand(input).args
    expect(args({ kind: 'play', streamName: 'a' })).toEqual(['a'])
    expect(args({ kind: 'play', streamName: 'a', start: -1000 })).toEqual(['a', -1000])
    expect(args({ kind: 'play', streamName: 'a', duration: 5 })).toEqual(['a', -2, 5])
    expect(args({ kind: 'play', streamName: 'a', reset: false })).toEqual(['a', -2, -1, false])
    expect(args({ kind: 'publish', streamName: 'a' })).toEqual(['a', 'live'])
    expect(buildCommand({ kind: 'connect', properties: {} }).transactionId).toBe(1)
    expect(buildCommand({ kind: 'createStream' }).transactionId).toBe(0)
  })

  it('read play positions in every unit in use', () => {
    const source = (...args: unknown[]): unknown => {
      const play = parseCommand(command('play', 0, null, 'a', ...args))
      return play.kind === 'play' && [play.source, play.start]
    }
    expect(source()).toEqual(['liveOrRecorded', -2])
    expect(source(-2)).toEqual(['liveOrRecorded', -2])
    expect(source(-2000)).toEqual(['liveOrRecorded', -2000])
    expect(source(-1)).toEqual(['live', -1])
    expect(source(-1000)).toEqual(['live', -1000])
    expect(source(-5)).toEqual(['liveOrRecorded', -5])
    expect(source(0)).toEqual(['recorded', 0])
    expect(source(1500.5)).toEqual(['recorded', 1500.5])
    for (const odd of [Number.NaN, Number.NEGATIVE_INFINITY, 'x', null, {}]) {
      expect(source(odd)).toEqual(['liveOrRecorded', -2])
    }
  })

  it('take what real encoders send', () => {
    const parse = (...parts: Parameters<typeof command>): unknown => parseCommand(command(...parts))
    // GStreamer's rtmp2sink
    expect(parse('deleteStream', 0, null, 'key')).toEqual({
      kind: 'deleteStream',
      transactionId: 0,
      messageStreamId: undefined,
      streamName: 'key',
    })
    // Wirecast
    for (const name of [false, null, 7]) {
      expect(parse('publish', 3, null, name, 'live')).toMatchObject({ streamName: undefined })
    }
    // mobile SDKs leave the type out, others write it in capitals
    expect(parse('publish', 3, null, 'key')).toMatchObject({ publishType: 'live' })
    expect(parse('publish', 3, null, 'key', 'LIVE')).toMatchObject({ publishType: 'live' })
    expect(parse('publish', 3, null, 'key', 'RECORD')).toMatchObject({ publishType: 'record' })
    // the specification allows a number for reset
    expect(parse('play', 0, null, 'key', -2, -1, 0)).toMatchObject({ reset: false })
    expect(parse('play', 0, null, 'key', -2, -1, 1)).toMatchObject({ reset: true })
    expect(parse('pause', 0, null)).toMatchObject({ paused: true, position: 0 })
    expect(parse('play2', 0, null, null)).toMatchObject({ streamName: undefined, options: {} })
  })

  it('find the properties of connect', () => {
    const connect = (commandObject: unknown, ...args: unknown[]): unknown =>
      parseCommand(command('connect', 1, commandObject, ...args))
    expect(connect({ app: 'live/x?y=z', tcurl: "'rtmp://h/live'", objectEncoding: 3 })).toMatchObject({
      app: 'live/x?y=z',
      tcUrl: 'rtmp://h/live',
      objectEncoding: 3,
      flashVer: undefined,
    })
    expect(connect({ app: 'live', tcUrl: '"rtmp://h/live"' })).toMatchObject({ tcUrl: 'rtmp://h/live' })
    expect(connect('text', { app: 'live' }, 5)).toMatchObject({ app: 'live', args: [5] })
    expect(connect(null)).toMatchObject({ app: '', properties: {}, objectEncoding: 0 })
    expect(connect({ app: 7, objectEncoding: 1 }, 'u')).toMatchObject({
      app: '',
      objectEncoding: 0,
      args: ['u'],
    })
    expect(connect(JSON.parse('{"__proto__":{"app":"x"}}'))).toMatchObject({ app: '' })
  })

  it('keep a command of any other name whole', () => {
    const own = command('myMethod', 9, { a: 1 }, 'b')
    expect(parseCommand(own)).toEqual({ kind: 'unknown', transactionId: 9, command: own })
    for (const name of ['constructor', '__proto__', 'toString', 'unknown']) {
      expect(parseCommand(command(name, 1))).toMatchObject({ kind: 'unknown' })
    }
  })

  it.each<[CommandMessage, string]>([
    [command('connect', 1, null), 'properties object'],
    [command('connect', 1, {}), 'app'],
    [command('connect', 1, 'x', { app: 'a' }), 'properties object'],
    [command('publish', 1, null, false), 'stream name'],
    [command('publish', 1, null, 'a', 'LIVE'), 'publish type'],
    [command('play', 1, null, 'a', 'x'), 'start'],
    [command('play', 1, null, 'a', 0, 0, 'x'), 'reset'],
    [command('play2', 1, null), 'options object'],
    [command('pause', 1, null), 'pause flag'],
    [command('pause', 1, null, true), 'position'],
    [command('seek', 1, null, Number.NaN), 'position'],
    [command('receiveAudio', 1, null, 1), 'flag'],
    [command('deleteStream', 1, null, 'a'), 'message stream id'],
    [command('onStatus', 0, null, 'a'), 'information object'],
  ])('are held to the letter in strict mode: %#', (value, what) => {
    expect(() => parseCommand(value)).not.toThrow()
    const problem = thrown(() => parseCommand(value, { strict: true }))
    expect(isProtocolError(problem) && problem.code).toBe('COMMAND_ARGUMENT')
    expect((problem as Error).message).toContain(what)
  })
})

it('finds the name behind bytes of an AMF3 command in every form seen', () => {
  for (const hex of ['00 020001 61', '020001 61', '03 020001 61']) {
    expect(peekCommand(message(17, fromHex(hex)))?.name).toBe('a')
    expect(decodeCommand(message(17, fromHex(hex))).name).toBe('a')
  }
})

it('refuses an AMF3 command of a format that is not defined', () => {
  for (const hex of ['01 020001 61', '07 020001 61', 'ff 020001 61']) {
    const problem = thrown(() => decodeCommand(message(17, fromHex(hex))))
    expect(isDecodeError(problem) && problem.code).toBe('AMF3_FORMAT')
  }
})
