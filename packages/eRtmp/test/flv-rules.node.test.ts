import { readdir, readFile } from 'node:fs/promises'
import { isUsageError } from '@rtmp/bytes'
import { type FlvTag, FlvWriter, TagType } from '@rtmp/flv'
import { appendFlv, concatFlv, indexFlv, readFlvFile, seekFlv } from '@rtmp/flv/file'
import { metadataCodec } from '@rtmp/flv/script'
import { fromHex, toHex } from '@rtmp/testkit'
import { expect, test } from 'vitest'
import { AUDIO_CODECS, VIDEO_CODECS } from '../src/codecs/list.ts'
import { flvRules, fourCcToNumber, headerKey, toMediaFrames } from '../src/index.ts'

const MEDIA = new URL('../../../media/', import.meta.url)
const samples = (await readdir(MEDIA)).filter((name) => name.endsWith('.flv'))
const sample = async (name: string): Promise<Uint8Array> =>
  new Uint8Array(await readFile(new URL(name, MEDIA)))

const kindOf = ({ typeId }: FlvTag): 'audio' | 'video' | undefined =>
  typeId === TagType.video ? 'video' : typeId === TagType.audio ? 'audio' : undefined

/** Headers before a tag, the newest of each track and kind, found the long way round. */
const headersBefore = (tags: readonly FlvTag[], position: number): Map<string, string> => {
  const headers = new Map<string, string>()
  for (const tag of tags) {
    const kind = kindOf(tag)
    if (tag.offset >= position || kind === undefined) continue
    for (const frame of toMediaFrames(kind, 0, tag.payload)) {
      const isHeader = ['sequenceHeader', 'mpeg2TsSequenceHeader', 'metadata', 'multichannelConfig'].includes(
        frame.type,
      )
      const about = frame.type === 'metadata' ? frame.codec : ''
      const type = frame.type === 'mpeg2TsSequenceHeader' ? 'sequenceHeader' : frame.type
      if (isHeader) headers.set([kind, frame.trackId, type, about].join(' '), toHex(tag.payload))
    }
  }
  return headers
}

test.each(samples)('a seek in %s hands over every header in force', async (name) => {
  const bytes = await sample(name)
  const { tags, facts } = readFlvFile(bytes, flvRules)
  expect(facts.tagsWithoutRules).toBe(0)
  expect(facts.discontinuities).toBe(0)
  for (const share of [0, 0.4, 0.8, 1]) {
    const at = facts.firstTimestamp + facts.duration * share
    const point = seekFlv(bytes, at, flvRules)
    const given = (point?.preamble ?? [])
      .filter((tag) => kindOf(tag) !== undefined)
      .map((tag) => toHex(tag.payload))
    const needed = headersBefore(tags, point?.position ?? 0)
    expect(new Set(given)).toEqual(new Set(needed.values()))
  }
})

test.each(samples)('the index of %s has every key frame', async (name) => {
  const bytes = await sample(name)
  const indexed = readFlvFile(indexFlv(bytes, flvRules), flvRules)
  const keys = indexed.tags.filter(
    (tag) =>
      kindOf(tag) === 'video' && toMediaFrames('video', 0, tag.payload).some(({ keyFrame }) => keyFrame),
  )
  expect(indexed.facts.keyframes.filePositions).toEqual(keys.map(({ offset }) => offset))
  if (keys.length > 1) {
    expect(indexed.metadata?.keyframes?.filePositions).toEqual(keys.map(({ offset }) => offset))
    for (const [i, time] of indexed.facts.keyframes.times.entries()) {
      const { timestamp } = keys[i] as FlvTag
      expect(time * 1000).toBeCloseTo(timestamp > 0x7fffffff ? timestamp - 2 ** 32 : timestamp, 6)
      expect(seekFlv(bytes, timestamp, flvRules)?.timestamp).toBe(timestamp)
    }
  }
})

test('enhanced files without rules are told of, by every tool whose answer would be wrong', async () => {
  const enhanced = ['hevc-aac.flv', 'av1-opus.flv', 'vp9-opus.flv', 'multitrack-h264-hevc-aac-opus.flv']
  for (const name of enhanced) {
    const bytes = await sample(name)
    expect(readFlvFile(bytes).facts.tagsWithoutRules, name).toBeGreaterThan(0)
    const tools = [
      () => indexFlv(bytes),
      () => seekFlv(bytes, 0),
      () => concatFlv([bytes, bytes]),
      () => appendFlv(bytes, []),
    ]
    for (const tool of tools) {
      expect(tool, name).toThrow(
        expect.objectContaining({ code: 'FLV_RULES', message: expect.stringContaining('flvRules') }),
      )
      try {
        tool()
      } catch (error) {
        expect(isUsageError(error)).toBe(true)
      }
    }
  }
  const legacy = await sample('h264-aac.flv')
  expect(readFlvFile(legacy).facts.tagsWithoutRules).toBe(0)
  expect(() => [
    indexFlv(legacy),
    seekFlv(legacy, 0),
    concatFlv([legacy]),
    appendFlv(legacy, []),
  ]).not.toThrow()
})

test('two files joined repeat no header that did not change', async () => {
  for (const name of ['hevc-hdr10-aac.flv', 'multitrack-h264-hevc-aac-opus.flv']) {
    const bytes = await sample(name)
    const once = readFlvFile(bytes, flvRules).tags.filter(flvRules.isSequenceHeader)
    const joined = readFlvFile(concatFlv([bytes, bytes], flvRules), flvRules).tags.filter(
      flvRules.isSequenceHeader,
    )
    const distinct = new Set(once.map(({ payload }) => toHex(payload)))
    expect(new Set(joined.map(({ payload }) => toHex(payload)))).toEqual(distinct)
    expect(joined.length).toBeLessThan(2 * once.length)
  }
})

const hvc1 = '68766331'
const av01 = '61763031'

// Headers that do not replace each other, and a key frame behind them.
test.each([
  ['HDR metadata of two codecs', [`90${hvc1}0102`, `94${hvc1}05`, `94${av01}06`], `91${hvc1}000000010203`],
  [
    'multitrack behind ModEx',
    [`97020000010600${hvc1}000102`, `97020000010600${hvc1}010102`],
    `9601${hvc1}0000000000010203`,
  ],
  [
    'ModEx before a header and a Metadata',
    [`970200000100${hvc1}0102`, `970200000104${hvc1}02`],
    `91${hvc1}000000010203`,
  ],
  [
    'one track with ModEx, one of many tracks',
    [`970200000100${hvc1}0102`, `97020000010600${hvc1}010102`],
    `91${hvc1}000000010203`,
  ],
])('%s', (_, headers, key) => {
  const writer = new FlvWriter()
  const video = (timestamp: number, hex: string): Uint8Array[] =>
    writer.write({ typeId: TagType.video, timestamp, payload: fromHex(hex) })
  const slices = [...headers.flatMap((hex) => video(0, hex)), ...video(40, key)]
  const bytes = Uint8Array.from(slices.flatMap((slice) => [...slice]))
  expect(new Set(headers.map((hex) => headerKey('video', fromHex(hex)))).size).toBe(headers.length)
  const handedOver = (options: Parameters<typeof seekFlv>[2]): string[] | undefined =>
    seekFlv(bytes, 40, options)?.preamble.map(({ payload }) => toHex(payload))
  expect(handedOver(flvRules)).toEqual(headers)
  // Without a rule for what replaces what, nothing is lost either.
  const { isKeyFrame, isSequenceHeader } = flvRules
  expect(handedOver({ isKeyFrame, isSequenceHeader })).toEqual(headers)
})

test('an empty or broken header does not take the place of a good one', () => {
  const good = `90${hvc1}0102`
  const writer = new FlvWriter()
  const slices = [good, '1c00000000', `9600`, `91${hvc1}000000010203`].flatMap((hex, i) =>
    writer.write({ typeId: TagType.video, timestamp: 40 * i, payload: fromHex(hex) }),
  )
  const point = seekFlv(Uint8Array.from(slices.flatMap((slice) => [...slice])), 1000, flvRules)
  expect(point?.preamble.map(({ payload }) => toHex(payload))).toEqual([good])
})

test('onMetaData names every codec of the list', () => {
  for (const [kind, codecs] of [
    ['video', VIDEO_CODECS],
    ['audio', AUDIO_CODECS],
  ] as const) {
    for (const { name, fourCc } of codecs) {
      if (fourCc === undefined) continue
      const number = fourCcToNumber(fourCc)
      const reversed = fourCcToNumber(fourCc.split('').reverse().join(''))
      for (const value of [fourCc, number, reversed]) {
        expect(metadataCodec(value, kind, flvRules.fourCcName)).toEqual({ fourCc, name })
      }
    }
  }
})
