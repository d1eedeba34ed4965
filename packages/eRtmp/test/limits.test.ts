import { codeOf, fromHex } from '@rtmp/testkit'
import { describe, expect, test } from 'vitest'
import { decodeHevcSps, decodeVvcSps } from '../src/records.ts'
import { hasRecoveryPoint, judgeNalUnits, type NalVerdict } from '../src/codecs/nal-units.ts'
import {
  decodeVideoMessage,
  encodeVideoMessage,
  MAX_FOUR_CC_ENTRIES,
  parseCapabilities,
  toMediaFrames,
} from '../src/index.ts'
import { privateMessages } from '../src/private-messages.ts'
import { videoCodecOf } from '../src/codec-lookup.ts'
import { fourCcToNumber } from '../src/four-cc.ts'

/** Each bound at the bound, and one beyond. */
describe('what is looked at of a picture', () => {
  /** How many units the judge was shown of a picture that has 70 of one byte, each of which says nothing. */
  const shown = (unit: string): number => {
    let count = 0
    const bytes = fromHex(unit.repeat(70))
    judgeNalUnits(bytes, 0, bytes.length, (): NalVerdict => {
      count += 1
      return 'next'
    })
    return count
  }

  test('64 NAL units, behind lengths and behind start codes', () => {
    expect([shown('00000001 09'), shown('000001 09')]).toEqual([64, 64])
  })

  test('64 SEI messages', () => {
    const sei = (before: number): boolean => {
      const bytes = fromHex(`06 ${'05 00'.repeat(before)} 06 01 80 80`)
      return hasRecoveryPoint(bytes, 1, bytes.length)
    }
    expect([sei(63), sei(64)]).toEqual([true, false])
  })

  test('64 OBUs of AV1', () => {
    // Temporal delimiters, then a key frame.
    const judged = (before: number): unknown => {
      const bytes = fromHex(`${'12 00'.repeat(before)} 32 01 10`)
      return videoCodecOf(fourCcToNumber('av01'))?.entryPoint(bytes, 0, bytes.length)
    }
    expect([judged(63), judged(64)]).toEqual(['key', 'none'])
  })
})

describe('private messages', () => {
  const uuid = '00112233445566778899aabbccddeeff'
  /** user_data_unregistered of so many bytes, in a NAL unit of its own. */
  const sei = (size: number): string => {
    const sizes = `${'ff'.repeat(Math.floor(size / 255))}${(size % 255).toString(16).padStart(2, '0')}`
    const unit = fromHex(`06 05 ${sizes} ${uuid} ${'41'.repeat(size - 16)} 80`)
    const length = unit.length.toString(16).padStart(8, '0')
    return `${length} ${Array.from(unit, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
  }
  const found = (hex: string, codec: 'h264' | 'hevc' | 'av1' = 'h264'): readonly number[] =>
    privateMessages(fromHex(hex), codec).map(({ body }) => body.length)
  const metadata = (size: number): string => {
    const low = ((size & 0x7f) | (size > 0x7f ? 0x80 : 0)).toString(16).padStart(2, '0')
    const high = size > 0x7f ? (size >> 7).toString(16).padStart(2, '0') : ''
    return `2a ${low}${high} 06 ${uuid} ${'41'.repeat(size - 18)} 80`
  }

  test('have a UUID, and units of at most 512 bytes', () => {
    expect(privateMessages(fromHex(sei(20)), 'h264')).toEqual([{ uuid, body: fromHex('41414141') }])
    // NAL unit header, payload type, two bytes of size, stop bit.
    expect([found(sei(512 - 5)), found(sei(513 - 5))]).toEqual([[491], []])
    expect(found('00000013 06 05 10 00112233445566778899aabbccddeeff')).toEqual([0])
    expect(found('00000013 06 05 0f 00112233445566778899aabbccddee 80')).toEqual([])
  })

  test('stand in the first 64 units', () => {
    const before = '00000001 09'
    expect([found(before.repeat(63) + sei(20)), found(before.repeat(64) + sei(20))]).toEqual([[4], []])
  })

  test('of HEVC have a header of two bytes', () => {
    const unit = (first: string): string => `00000018 ${first} 01 05 14 ${uuid} 41414141`
    expect([found(unit('4e'), 'hevc'), found(unit('50'), 'hevc'), found(unit('52'), 'hevc')]).toEqual([
      [4],
      [4],
      [],
    ])
  })

  test('of AV1 are metadata OBUs, bounded alike', () => {
    expect(privateMessages(fromHex(metadata(22)), 'av1')).toEqual([{ uuid, body: fromHex('41414141') }])
    expect([found(metadata(512), 'av1'), found(metadata(513), 'av1')]).toEqual([[494], []])
    expect(found(`2a 11 06 ${uuid.slice(2)} 80`, 'av1')).toEqual([])
    expect(found(`2a 16 05 ${uuid} 41414141 80`, 'av1')).toEqual([])
    expect(found(`2a 16 06 ${uuid} 41414141 81`, 'av1')).toEqual([])
    const before = '12 00'
    expect([
      found(before.repeat(63) + metadata(22), 'av1'),
      found(before.repeat(64) + metadata(22), 'av1'),
    ]).toEqual([[4], []])
  })
})

describe('packets of a message', () => {
  const packet = (
    trackId: number,
  ): { trackId: number; fourCc: 'hvc1'; compositionTimeOffset: 0; payload: Uint8Array } => ({
    trackId: trackId & 0xff,
    fourCc: 'hvc1',
    compositionTimeOffset: 0,
    payload: Uint8Array.of(1),
  })
  const encode = (count: number): Uint8Array =>
    encodeVideoMessage({
      kind: 'video',
      frameType: 1,
      modEx: [],
      packetType: 3,
      multitrackType: 1,
      packets: Array.from({ length: count }, (_, i) => packet(i)),
      rest: new Uint8Array(0),
    } as never)

  test('256 are written, and not one more', () => {
    expect(codeOf(() => encode(256))).toBe('none')
    expect(codeOf(() => encode(257))).toBe('ERTMP_PACKETS')
  })

  test('256 are read, and the others left as they are', () => {
    const bytes = (count: number): Uint8Array => fromHex(`96 13 68766331 ${'05 000001 aa'.repeat(count)}`)
    for (const [count, left] of [
      [256, 0],
      [257, 5],
    ] as const) {
      const message = decodeVideoMessage(bytes(count))
      expect(message).toMatchObject({ packets: { length: 256 }, rest: { length: left } })
      expect(toMediaFrames('video', 0, bytes(count))).toHaveLength(256)
    }
  })

  test('ModEx entries: 16, and not one more', () => {
    const bytes = (count: number): Uint8Array =>
      fromHex(`97 ${'00 aa 17'.repeat(count - 1)} 00 aa 13 68766331 01`)
    expect(codeOf(() => decodeVideoMessage(bytes(16)))).toBe('none')
    expect(codeOf(() => decodeVideoMessage(bytes(17)))).toBe('ERTMP_MOD_EX_CHAIN')
  })

  test('nanoseconds: 999,999, and not one more', () => {
    const told = (nano: string): readonly string[] => {
      const codes: string[] = []
      decodeVideoMessage(fromHex(`97 02 ${nano} 03 68766331 01`), { onFault: ({ code }) => codes.push(code) })
      return codes
    }
    expect([told('0f423f'), told('0f4240')]).toEqual([[], ['ERTMP_NANO_OFFSET']])
  })
})

test('FourCCs that a peer says it has: 256, and not one more', () => {
  const list = Array.from({ length: MAX_FOUR_CC_ENTRIES + 1 }, (_, i) => `a${String(i).padStart(3, '0')}`)
  const kept = parseCapabilities({
    fourCcList: list,
    videoFourCcInfoMap: Object.fromEntries(list.map((name) => [name, 7])),
  })
  expect(kept.fourCcList).toEqual(list.slice(0, 256))
  expect(Array.from(kept.videoFourCcInfoMap?.keys() ?? [])).toEqual(list.slice(0, 256))
})

describe('numbers of sequence parameter sets', () => {
  const ue = (value: number): string => {
    const digits = (value + 1).toString(2)
    return '0'.repeat(digits.length - 1) + digits
  }
  const bytesOf = (bits: string): Uint8Array =>
    Uint8Array.from(bits.replaceAll(' ', '').match(/.{1,8}/g) ?? [], (byte) =>
      Number.parseInt(byte.padEnd(8, '0'), 2),
    )
  const ones = (count: number): string => '1'.repeat(count)

  test('of HEVC: at the bound, and one beyond', () => {
    const read = (depth: number): unknown =>
      decodeHevcSps(
        bytesOf(
          `${ones(20)} 000 ${ones(97)} 1 ${ue(1)} ${ue(64)} ${ue(48)} 0 ${ue(depth)} ${ue(0)} ${ue(0)} 1 ${ones(9)} 0 00 0 1 0 00 0 1`,
        ),
      )
    expect(read(8)).toMatchObject({ width: 64, height: 48, bitDepthLuma: 16 })
    expect(codeOf(() => read(9))).toBe('HEVC_SPS')
  })

  test('of VVC: at the bound, and one beyond', () => {
    const read = (depth: number): unknown =>
      decodeVvcSps(bytesOf(`${ones(20)} 0000 000 01 00 0 0 0 ${ue(64)} ${ue(48)} 0 0 ${ue(depth)} 1`))
    expect(read(8)).toMatchObject({ width: 64, height: 48, bitDepth: 16 })
    expect(codeOf(() => read(9))).toBe('VVC_SPS')
  })
})
