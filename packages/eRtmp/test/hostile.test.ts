import { isDecodeError } from '@rtmp/bytes'
import { fromHex, mutate, readRepoJson, SeededRandom, toHex } from '@rtmp/testkit'
import { expect, test } from 'vitest'
import {
  classifyAudio,
  classifyVideo,
  decodeAudioMessage,
  decodeMultichannelConfig,
  decodeVideoMessage,
  decodeVideoMetadata,
  encodeAudioMessage,
  encodeVideoMessage,
  fromMediaFrame,
  headerKey,
  MediaFlags,
  splitTracks,
  toMediaFrames,
  trackIdsOf,
} from '../src/index.ts'
import {
  codecFacts,
  decodeAc3Frame,
  decodeAv1Config,
  decodeAv1SequenceHeader,
  decodeFlacStreamInfo,
  decodeHevcConfig,
  decodeHevcSps,
  decodeVvcConfig,
  decodeVvcSps,
  decodeMp3Frame,
  decodeOpusHead,
  decodeVpConfig,
  vp8FrameSize,
  vp9FrameSize,
} from '../src/records.ts'

/** Runs a parser, which returns or throws a DecodeError. */
const survives = (what: string, input: Uint8Array, run: () => unknown): void => {
  try {
    run()
  } catch (error) {
    if (!isDecodeError(error)) throw new Error(`${what} ${toHex(input)}: ${String(error)}`, { cause: error })
    expect(error.offset).toBeGreaterThanOrEqual(0)
  }
}

const seeds = async (...files: readonly string[]): Promise<Uint8Array[]> => {
  const all: Uint8Array[] = []
  for (const file of files) {
    for (const { hex } of await readRepoJson<{ hex: string }[]>(`vectors/ertmp/${file}.json`))
      all.push(fromHex(hex))
  }
  return all
}

test('mutated messages give values or typed errors, and every decoded message encodes', {
  timeout: 60_000,
}, async () => {
  const random = new SeededRandom(20260131)
  for (const seed of await seeds('video', 'audio', 'forms', 'malformed', 'captured')) {
    for (let i = 0; i < 12; i++) {
      const input = mutate(seed, random)
      survives('video', input, () => {
        const message = decodeVideoMessage(input)
        if (message.kind === 'enhanced') expect(toHex(encodeVideoMessage(message))).toBe(toHex(input))
      })
      survives('audio', input, () => {
        expect(toHex(encodeAudioMessage(decodeAudioMessage(input)))).toBe(toHex(input))
      })
      for (const kind of ['audio', 'video'] as const) {
        survives('frames', input, () => {
          for (const frame of toMediaFrames(kind, 0, input)) {
            fromMediaFrame(frame)
            survives('facts', input, () => codecFacts(frame))
          }
        })
        survives('split', input, () => splitTracks(kind, input))
        headerKey(kind, input)
      }
    }
  }
})

test('classification agrees with decoding', { timeout: 60_000 }, async () => {
  const random = new SeededRandom(5)
  for (const seed of await seeds('video', 'audio', 'forms', 'malformed')) {
    for (let i = 0; i < 6; i++) {
      const input = i === 0 ? seed : mutate(seed, random)
      for (const [kind, flags, decode] of [
        ['video', classifyVideo(input), decodeVideoMessage],
        ['audio', classifyAudio(input), decodeAudioMessage],
      ] as const) {
        if ((flags & MediaFlags.enhanced) === 0) continue
        let message: ReturnType<typeof decode> | undefined
        survives('message', input, () => {
          message = decode(input)
        })
        expect((flags & MediaFlags.broken) === 0, `${kind} ${toHex(input)}`).toBe(message !== undefined)
        if (message?.kind !== 'enhanced' || ('command' in message && message.command !== undefined)) continue
        const ids = [...new Set(message.packets.map(({ trackId }) => trackId))]
        if (message.rest.length === 0) expect(trackIdsOf(kind, input)).toEqual(ids)
        expect((flags & MediaFlags.multitrack) !== 0).toBe(message.multitrackType !== undefined)
      }
    }
  }
})

test('mutated records give values or typed errors', { timeout: 60_000 }, async () => {
  const parsers = [
    decodeHevcConfig,
    decodeHevcSps,
    decodeVvcConfig,
    decodeVvcSps,
    decodeAv1Config,
    decodeAv1SequenceHeader,
    decodeVpConfig,
    decodeOpusHead,
    decodeFlacStreamInfo,
    decodeAc3Frame,
    decodeMp3Frame,
    decodeMultichannelConfig,
    decodeVideoMetadata,
    vp8FrameSize,
    vp9FrameSize,
  ]
  const random = new SeededRandom(33)
  for (const seed of await seeds('records')) {
    for (let i = 0; i < 40; i++) {
      const input = mutate(seed, random)
      for (const parse of parsers) survives(parse.name, input, () => parse(input))
      for (const codec of ['h264', 'hevc', 'vvc', 'av1', 'vp8', 'vp9', 'aac', 'opus', 'flac']) {
        const frame = toMediaFrames('video', 0, fromHex('90 68766331'))[0]
        if (frame === undefined) throw new Error('no frame')
        survives(codec, input, () => codecFacts({ ...frame, codec, payload: input }))
      }
    }
  }
})

test('every proper prefix of a message is read as less, or refused', async () => {
  for (const seed of await seeds('video', 'audio')) {
    for (let length = 0; length < seed.length; length++) {
      const input = seed.subarray(0, length)
      survives('video', input, () => decodeVideoMessage(input))
      survives('audio', input, () => decodeAudioMessage(input))
    }
  }
})

test('a message never makes more than 256 packets, however many its tracks', () => {
  const tracks = 100_000
  const input = new Uint8Array(6 + 4 * tracks)
  input.set(fromHex('96 12 68766331'))
  const message = decodeVideoMessage(input)
  if (message.kind !== 'enhanced') throw new Error('not enhanced')
  expect(message.packets.length).toBe(256)
  expect(message.rest.length).toBe(4 * (tracks - 256))
  expect(toHex(encodeVideoMessage(message))).toBe(toHex(input))
  expect(toMediaFrames('video', 0, input).length).toBe(256)
  expect(trackIdsOf('video', input)).toEqual([0])
})

test('ModEx of the largest size', () => {
  const input = new Uint8Array(1 + 3 + 65_536 + 1 + 4 + 1)
  input.set(fromHex('97 ffffff'))
  input.set(fromHex('13 61766331 aa'), 4 + 65_536)
  const message = decodeVideoMessage(input)
  if (message.kind !== 'enhanced') throw new Error('not enhanced')
  expect(message.modEx).toMatchObject([{ type: 1 }])
  expect(message.modEx[0]?.data.length).toBe(65_536)
  expect(encodeVideoMessage(message)).toEqual(input)
  expect(() =>
    encodeVideoMessage({ ...message, modEx: [{ type: 1, data: new Uint8Array(65_537) }] }),
  ).toThrow(/modEx\[0\]\.data\.length/)
})

test('after a refused input the next one is read as ever', () => {
  expect(() => decodeVideoMessage(fromHex('97 02 00'))).toThrow()
  expect(decodeVideoMessage(fromHex('a2 68766331'))).toMatchObject({
    packetType: 2,
    multitrackType: undefined,
  })
})
