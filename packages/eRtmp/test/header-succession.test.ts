import { fromHex, readRepoJson, toHex } from '@rtmp/testkit'
import { expect, test } from 'vitest'
import { mayReplaceHeader } from '../src/records.ts'

const records = await readRepoJson<{ name: string; codec: string; hex: string }[]>(
  'vectors/ertmp/records.json',
)
const FOUR_CCS: Readonly<Record<string, string>> = { hevc: 'hvc1', vvc: 'vvc1', av1: 'av01', h264: 'avc1' }

const header = (codec: string, record: string): Uint8Array =>
  fromHex(`90${toHex(new TextEncoder().encode(FOUR_CCS[codec]))}${record}`)

test.each(records.filter(({ codec }) => codec in FOUR_CCS))(
  '$name: a whole record may come, half of it may not',
  ({ codec, hex }) => {
    const good = header(codec, hex)
    expect(mayReplaceHeader('video', good, good)).toBe(true)
    // Records of AV1 are four bytes; OBUs may be missing.
    const cut = header(codec, hex.slice(0, codec === 'av1' ? 4 : 2 * Math.floor(hex.length / 4)))
    expect(mayReplaceHeader('video', good, cut)).toBe(false)
    expect(mayReplaceHeader('video', cut, good)).toBe(true)
    expect(mayReplaceHeader('video', cut, cut)).toBe(true)
    const other = header(codec === 'hevc' ? 'vvc' : 'hevc', '01')
    // A record of another codec is news, whatever it is.
    expect(mayReplaceHeader('video', good, other)).toBe(true)
  },
)

test("what cannot be read at all takes nobody's place, and audio is no different", () => {
  const hevc = records.find(({ codec }) => codec === 'hevc')
  expect(mayReplaceHeader('video', header('hevc', hevc?.hex ?? ''), fromHex('9600'))).toBe(false)
  const opus = records.find(({ codec }) => codec === 'opus')?.hex ?? ''
  const sound = (record: string): Uint8Array => fromHex(`904f707573${record}`)
  expect(mayReplaceHeader('audio', sound(opus), sound(opus.slice(0, 20)))).toBe(false)
  expect(mayReplaceHeader('audio', fromHex('af001210'), fromHex('af00f8'))).toBe(false)
  expect(mayReplaceHeader('audio', fromHex('af001210'), sound(opus))).toBe(true)
})
