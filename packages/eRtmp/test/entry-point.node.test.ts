import { readdir, readFile } from 'node:fs/promises'
import { decodeFlv, TagType } from '@rtmp/flv'
import { fromHex, readRepoJson, toHex } from '@rtmp/testkit'
import { expect, test } from 'vitest'
import { classifyVideo, MediaFlags, toMediaFrames, videoEntryPoint } from '../src/index.ts'

const MEDIA = new URL('../../../media/', import.meta.url)
const samples = (await readdir(MEDIA)).filter((name) => name.endsWith('.flv'))

/** Codecs whose frames do not tell what they are. */
const SILENT = new Set(['legacy-flashsv-pcm.flv'])

const withFrameType = (payload: Uint8Array, frameType: number): Uint8Array => {
  const changed = payload.slice()
  changed[0] = ((payload[0] as number) & 0x8f) | (frameType << 4)
  return changed
}

const isKey = (payload: Uint8Array): boolean => (classifyVideo(payload) & MediaFlags.keyFrame) !== 0

test.each(samples)('%s: what the payload says is what the sender said in the frame type', async (name) => {
  const bytes = new Uint8Array(await readFile(new URL(name, MEDIA)))
  let keys = 0
  for (const { typeId, payload } of decodeFlv(bytes)) {
    if (typeId !== TagType.video || (classifyVideo(payload) & MediaFlags.coded) === 0) continue
    const said = isKey(payload) && !SILENT.has(name)
    if (said) keys += 1
    for (const frameType of [0, 6, 7]) {
      const untold = withFrameType(payload, frameType)
      expect(isKey(untold), toHex(untold.subarray(0, 40))).toBe(said)
      expect(toMediaFrames('video', 0, untold).map(({ keyFrame }) => keyFrame)).toEqual(
        toMediaFrames('video', 0, payload).map(({ keyFrame }) => keyFrame && said),
      )
    }
    // What the sender says counts where it says something.
    expect(isKey(withFrameType(payload, 2))).toBe(false)
    expect(isKey(withFrameType(payload, 1))).toBe(true)
    expect(videoEntryPoint(payload) === 'key').toBe(said)
  }
  const hasVideo = decodeFlv(bytes).some(({ typeId }) => typeId === TagType.video)
  if (hasVideo && !SILENT.has(name)) expect(keys).toBeGreaterThan(0)
})

const hvc1 = '68766331'
const nal = (...units: readonly string[]): string =>
  units.map((unit) => (unit.length / 2).toString(16).padStart(8, '0') + unit).join('')

/** Recovery point SEI: type 6, one byte. H.264 §D.1.8, x264 with intra refresh; H.265 §D.2.8. */
const AVC_RECOVERY = '0606018480'
const HEVC_RECOVERY = '4e0106018480'

test.each([
  ['H.264 IDR', `0701000000${nal('0910', '65b800')}`, 'key'],
  ['H.264 P slice', `0701000000${nal('0910', '41b800')}`, 'none'],
  ['H.264 behind a recovery point', `0701000000${nal('0910', AVC_RECOVERY, '41b800')}`, 'recovery'],
  ['H.264 with start codes', `0701000000000000010910000000 0165b800`, 'key'],
  ['H.264 with start codes of three bytes', `0701000000000001091000000141b800`, 'none'],
  ['H.264 with lengths of two bytes', `0701000000000209100003 65b800`, 'key'],
  ['H.265 CRA', `83${hvc1}${nal('460150', '2a01ac')}`, 'key'],
  ['H.265 IDR with an offset', `81${hvc1}000028${nal('2801ac')}`, 'key'],
  ['H.265 trailing picture', `83${hvc1}${nal('460150', '0201d0')}`, 'none'],
  ['H.265 behind a recovery point', `83${hvc1}${nal(HEVC_RECOVERY, '0201d0')}`, 'recovery'],
  ['H.265 as codec 12', `0c01000000${nal('2601ac')}`, 'key'],
  ['H.266 IDR', `8376766331${nal('00a1', '0041c4')}`, 'key'],
  ['H.266 CRA', `8376766331${nal('0049c4')}`, 'key'],
  ['H.266 gradual refresh', `8376766331${nal('0051c4')}`, 'recovery'],
  ['H.266 trailing picture', `8376766331${nal('0001c4')}`, 'none'],
  ['AV1 sequence header and key frame', '816176303112000a0b00000024cf7f0dbfff300832 03100000', 'key'],
  ['AV1 key frame alone', '816176303112003203100000', 'key'],
  ['AV1 inter frame', '816176303112003203300000', 'none'],
  ['AV1 frame shown again', '81617630311200 1a0180', 'none'],
  ['AV1 sequence header behind which nothing can be seen', '816176303112000a0b00000024cf7f0dbfff3008', 'key'],
  ['VP9 key frame', '8176703039824983424013f00b30', 'key'],
  ['VP9 inter frame', '817670303986', 'none'],
  ['VP9 profile 3, key frame', '8176703039b0498342', 'key'],
  ['VP9 frame shown again', '817670303988', 'none'],
  ['VP8 key frame', '81767030381002009d012a4001b440', 'key'],
  ['VP8 inter frame', '8176703038110200', 'none'],
  ['a codec that is not known', '8178797a31000000', 'none'],
  ['two tracks, both at a key frame', `8613${hvc1}00000007${nal('2801ac')}01000007${nal('2a01ac')}`, 'key'],
  ['two tracks, one of them not', `8613${hvc1}00000007${nal('2801ac')}01000007${nal('0201ac')}`, 'none'],
])('%s', (_, hex, entry) => {
  const payload = fromHex(hex)
  expect(videoEntryPoint(payload)).toBe(entry)
  expect(isKey(payload)).toBe(entry === 'key')
})

test('any bytes have an answer', async () => {
  for (const file of ['video', 'captured', 'malformed', 'forms']) {
    for (const { hex } of await readRepoJson<{ hex: string }[]>(`vectors/ertmp/${file}.json`)) {
      const payload = fromHex(hex)
      for (let length = 0; length <= Math.min(payload.length, 64); length++) {
        for (const frameType of [0, 1, 7]) {
          if (length === 0) continue
          const cut = withFrameType(payload.subarray(0, length), frameType)
          expect(['none', 'key', 'recovery']).toContain(videoEntryPoint(cut))
        }
      }
    }
  }
  expect(videoEntryPoint(new Uint8Array(0))).toBe('none')
})
