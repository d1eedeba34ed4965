import { type DecodeError, isDecodeError } from '@rtmp/bytes'
import { fromHex, readRepoJson, toHex } from '@rtmp/testkit'
import { expect, test } from 'vitest'
import {
  type AudioMessage,
  decodeAudioMessage,
  decodeVideoMessage,
  encodeAudioMessage,
  encodeVideoMessage,
  type ErtmpDecodeOptions,
  nanoOffsetOf,
  type VideoMessage,
} from '../src/index.ts'

interface PacketValue {
  readonly trackId: number
  readonly fourCc: string
  readonly compositionTimeOffset: number
  readonly payload: string
}

interface Vector {
  readonly name: string
  readonly hex: string
  readonly value: {
    readonly kind: 'audio' | 'video'
    readonly packetType: number
    readonly multitrackType: number | null
    readonly packets: readonly PacketValue[]
    readonly frameType?: number
    readonly command?: number
    readonly rest?: string
    readonly modEx?: readonly { type: number; data: string; longSize?: boolean }[]
    readonly nanoOffset?: number
  }
  readonly faults?: readonly string[]
}

const decode = (
  kind: 'audio' | 'video',
  bytes: Uint8Array,
  options?: ErtmpDecodeOptions,
): AudioMessage | VideoMessage =>
  kind === 'video' ? decodeVideoMessage(bytes, options) : decodeAudioMessage(bytes, options)

const plain = (message: AudioMessage | VideoMessage): unknown => {
  if (message.kind === 'legacy') return message
  const { modEx, packets, rest } = message
  return {
    ...message,
    modEx: modEx.map(({ data, ...entry }) => ({ ...entry, data: toHex(data) })),
    packets: packets.map((packet) => ({ ...packet, payload: toHex(packet.payload) })),
    rest: toHex(rest),
  }
}

const expected = ({ value }: Vector): unknown => {
  const common = {
    kind: 'enhanced',
    packetType: value.packetType,
    multitrackType: value.multitrackType ?? undefined,
    packets: value.packets,
    modEx: value.modEx ?? [],
    rest: value.rest ?? '',
  }
  return value.kind === 'audio' ? common : { ...common, frameType: value.frameType, command: value.command }
}

const load = async (file: string): Promise<readonly Vector[]> => readRepoJson(`vectors/ertmp/${file}.json`)

test.each(['video', 'audio', 'forms', 'captured'])(
  '%s.json decodes to its values and encodes to its bytes',
  async (file) => {
    for (const vector of await load(file)) {
      const { kind, nanoOffset } = vector.value
      const bytes = fromHex(vector.hex)
      const faults: string[] = []
      const message = decode(kind, bytes, { onFault: (fault) => faults.push(fault.code) })
      expect(plain(message), vector.name).toEqual(expected(vector))
      expect(faults, vector.name).toEqual(vector.faults ?? [])
      if (message.kind === 'legacy') throw new Error('not enhanced')
      if (nanoOffset !== undefined) expect(nanoOffsetOf(message.modEx), vector.name).toBe(nanoOffset)
      const written = 'frameType' in message ? encodeVideoMessage(message) : encodeAudioMessage(message)
      expect(toHex(written), vector.name).toBe(toHex(bytes))
    }
  },
)

test('every packet type of every FourCC is there in every form', async () => {
  const seen = new Set<string>()
  for (const { value } of [...(await load('video')), ...(await load('audio'))]) {
    for (const { fourCc } of value.packets) {
      seen.add(`${value.kind} ${value.packetType} ${fourCc} ${value.multitrackType}`)
    }
  }
  expect(seen.size).toBe((6 + 4) * 6 * 4)
})

test('what is a fault otherwise is an error when strict, and nothing else is', async () => {
  for (const vector of [...(await load('video')), ...(await load('audio')), ...(await load('forms'))]) {
    const bytes = fromHex(vector.hex)
    let code: string | undefined
    try {
      decode(vector.value.kind, bytes, { strict: true })
    } catch (error) {
      expect(isDecodeError(error)).toBe(true)
      code = (error as DecodeError).code
    }
    const fault = vector.faults?.[0]
    expect(code, vector.name).toBe(fault)
  }
})

interface Malformed {
  readonly name: string
  readonly kind: 'audio' | 'video'
  readonly hex: string
  readonly error: { readonly code: string; readonly offset: number }
}

test('malformed.json is refused, with code and place', async () => {
  for (const { name, kind, hex, error } of await readRepoJson<Malformed[]>('vectors/ertmp/malformed.json')) {
    let thrown: unknown
    try {
      decode(kind, fromHex(hex))
    } catch (caught) {
      thrown = caught
    }
    expect(thrown, name).toMatchObject({ ...error, phase: 'ertmp', name: 'DecodeError' })
  }
})
