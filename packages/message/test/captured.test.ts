import { readRepoJson, toHex } from '@rtmp/testkit'
import { describe, expect, it } from 'vitest'
import {
  buildCommand,
  type CommandInput,
  decodeCommand,
  decodeData,
  decodeMessage,
  encodeCommand,
  encodeMessage,
  parseCommand,
  parseData,
  peekCommand,
  peekDataName,
  unwrapDataFrame,
} from '../src/index.ts'
import { message } from './helpers.ts'

interface Captured {
  readonly name: string
  readonly source: string
  readonly typeId: number
  readonly hex: string
}
const captured = await readRepoJson<Captured[]>('vectors/amf0/captured.json')
const commands = captured.filter(({ typeId }) => typeId === 20)
const find = (name: string): ReturnType<typeof message> => {
  const found = captured.find((entry) => entry.name === name)
  if (found === undefined) throw new Error(`no capture ${name}`)
  return message(found.typeId, found.hex)
}

describe('what real clients and servers sent', () => {
  it.each(captured)('$name', ({ name, typeId, hex }) => {
    const raw = message(typeId, hex)
    const typed = decodeMessage(raw)
    const again = encodeMessage(typed)
    expect(again.typeId).toBe(typeId)
    expect(decodeMessage(again)).toEqual(typed)
    if (typed.kind === 'command') {
      expect(peekCommand(raw)).toEqual({ name: typed.name, transactionId: typed.transactionId })
      expect(name).toContain(typed.name)
      expect(parseCommand(typed).kind).toBe(typed.name)
    } else if (typed.kind === 'data') {
      expect(peekDataName(raw)).toBe(typed.name)
      const parsed = parseData(typed)
      if (parsed.kind === 'setDataFrame') {
        expect(decodeData(unwrapDataFrame(raw))).toMatchObject({ name: parsed.name, args: parsed.values })
      }
    } else throw new Error(`neither command nor data: ${typed.kind}`)
  })

  it('covers every client and server', () => {
    expect(commands.length).toBeGreaterThan(60)
  })
})

describe('requests', () => {
  // What the same client sends again when its command is taken apart and built anew, byte for byte.
  const simple = commands.filter(({ name }) =>
    /c2s-(create|release|FC|getStreamLength|_checkbw|publish)/.test(name),
  )
  it.each(simple)('$name is built with the same bytes', ({ hex }) => {
    const typed = parseCommand(decodeCommand(message(20, hex)))
    expect(toHex(encodeCommand(buildCommand(typed as CommandInput)))).toBe(hex)
  })
})

describe('typed commands of real clients', () => {
  const typed = (name: string): unknown => parseCommand(decodeCommand(find(name)))

  it('publish', () => {
    const publish = { kind: 'publish', publishType: 'live', streamName: expect.any(String) }
    expect(typed('ffmpeg-5.1-publish-c2s-publish')).toEqual({ ...publish, transactionId: 5 })
    expect(typed('obs-29-publish-c2s-publish')).toEqual({ ...publish, transactionId: 5 })
    expect(typed('gstreamer-1.22-rtmp2sink-publish-c2s-publish')).toEqual({ ...publish, transactionId: 0 })
    expect(typed('nginx-rtmp-1.2-push-c2s-publish')).toMatchObject(publish)
  })

  it('play', () => {
    expect(typed('ffmpeg-5.1-play-c2s-play')).toMatchObject({ source: 'liveOrRecorded', start: -2000 })
    expect(typed('rtmpdump-2.4-play-c2s-play')).toMatchObject({ source: 'live', start: -1000 })
    expect(typed('gstreamer-1.22-rtmp2src-play-c2s-play')).toMatchObject({
      source: 'liveOrRecorded',
      start: -2,
    })
    expect(typed('curl-7.88-play-c2s-play')).toMatchObject({ source: 'recorded', start: 0 })
  })

  it('deleteStream', () => {
    expect(typed('ffmpeg-5.1-publish-c2s-deleteStream')).toMatchObject({ messageStreamId: 1 })
    expect(typed('gstreamer-1.22-rtmp2sink-publish-c2s-deleteStream')).toMatchObject({
      transactionId: 0,
      messageStreamId: undefined,
      streamName: expect.any(String),
    })
  })

  it('connect', () => {
    expect(typed('ffmpeg-5.1-publish-c2s-connect')).toMatchObject({
      transactionId: 1,
      app: 'live',
      tcUrl: expect.stringMatching(/^rtmp:\/\/127\.0\.0\.1:\d+\/live$/),
      flashVer: expect.stringContaining('FMLE/3.0'),
      properties: { type: 'nonprivate' },
      objectEncoding: 0,
    })
    expect(typed('ffmpeg-9.0-publish-hevc-c2s-connect')).toMatchObject({
      properties: { fourCcList: expect.arrayContaining(['hvc1']) },
    })
  })

  it('onFCPublish of FFmpeg, which sends nothing but the name', () => {
    expect(typed('ffmpeg-5.1-publish-listen-s2c-onFCPublish')).toMatchObject({
      kind: 'onFCPublish',
      transactionId: 0,
      code: '',
    })
  })
})
