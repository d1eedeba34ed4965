import { decodeAmf0, encodeAmf0 } from '@rtmp/amf0'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  announcesCodecs,
  announcesErtmp,
  buildCapabilities,
  canReceive,
  CapsEx,
  type ErtmpCapabilities,
  fourCcInfoOf,
  intersectCapabilities,
  parseCapabilities,
  VideoFunction,
} from '../src/index.ts'

const full: ErtmpCapabilities = {
  fourCcList: ['av01', 'hvc1', 'Opus'],
  videoFourCcInfoMap: new Map([
    ['*', 4],
    ['vp09', 3],
  ]),
  audioFourCcInfoMap: new Map([['Opus', 3]]),
  capsEx: CapsEx.reconnect | CapsEx.multitrack,
  videoFunction: VideoFunction.clientHdr,
}

test('capabilities survive the way through AMF0', () => {
  const [object] = decodeAmf0(encodeAmf0([{ app: 'live', ...buildCapabilities(full), objectEncoding: 0 }]))
  expect(parseCapabilities(object)).toEqual(full)
})

test('the properties come in a fixed order, and none without capabilities', () => {
  expect(Object.keys(buildCapabilities(full))).toEqual([
    'videoFunction',
    'fourCcList',
    'videoFourCcInfoMap',
    'audioFourCcInfoMap',
    'capsEx',
  ])
  expect(buildCapabilities({})).toEqual({})
})

test('what a legacy client sends announces nothing', () => {
  const legacy = parseCapabilities({ app: 'live', objectEncoding: 3, videoFunction: 1, audioCodecs: 3191 })
  expect(legacy).toEqual({ videoFunction: 1 })
  expect(announcesErtmp(legacy)).toBe(false)
  expect(announcesErtmp(parseCapabilities({ capsEx: 0 }))).toBe(true)
  expect(announcesCodecs(parseCapabilities({ capsEx: 3 }))).toBe(false)
  expect(announcesCodecs(parseCapabilities({ fourCcList: [] }))).toBe(true)
})

test("'*' is united with single entries and cannot be narrowed", () => {
  // The two examples of the specification: forward every codec, decode and encode one too.
  expect(fourCcInfoOf(full, 'video', 'vp09')).toBe(7)
  expect(fourCcInfoOf(full, 'video', 'vvc1')).toBe(4)
  const narrowing = parseCapabilities({ videoFourCcInfoMap: { '*': 4, av01: 0 } })
  expect(fourCcInfoOf(narrowing, 'video', 'av01')).toBe(4)
  expect(fourCcInfoOf(narrowing, 'audio', 'av01')).toBe(0)
})

test('fourCcList counts as decoding, and its wildcard as forwarding too', () => {
  expect(fourCcInfoOf(full, 'video', 'hvc1')).toBe(4 | 1)
  expect(fourCcInfoOf({ fourCcList: ['*'] }, 'audio', 'fLaC')).toBe(5)
  expect(canReceive({ fourCcList: ['av01'] }, 'video', 'av01')).toBe(true)
  expect(canReceive({ fourCcList: ['av01'] }, 'video', 'hvc1')).toBe(false)
  expect(canReceive({ videoFourCcInfoMap: new Map([['hvc1', 2]]) }, 'video', 'hvc1')).toBe(false)
})

test('wrong types are read where their sense is plain, and ignored otherwise', () => {
  expect(parseCapabilities({ fourCcList: { 0: 'av01', 1: 'hvc1', 2: 7 } }).fourCcList).toEqual([
    'av01',
    'hvc1',
  ])
  expect(parseCapabilities({ fourCcList: 'hvc1' }).fourCcList).toEqual(['hvc1'])
  expect(parseCapabilities({ fourCcList: 7 })).toEqual({})
  expect(parseCapabilities({ fourCcList: ['toolong', 'abc', '*', 'ok01'] }).fourCcList).toEqual(['*', 'ok01'])
  expect(parseCapabilities({ capsEx: '6' }).capsEx).toBe(6)
  expect(parseCapabilities({ capsEx: 2 ** 40 }).capsEx).toBe(0xffffffff)
  expect(parseCapabilities({ capsEx: -1 })).toEqual({})
  expect(parseCapabilities({ capsEx: Number.NaN })).toEqual({})
  expect(parseCapabilities({ videoFourCcInfoMap: ['av01'] })).toEqual({})
  expect(parseCapabilities({ videoFourCcInfoMap: { av01: 'x', hvc1: '3' } }).videoFourCcInfoMap).toEqual(
    new Map([['hvc1', 3]]),
  )
  expect(parseCapabilities(null, undefined, 'x', 3)).toEqual({})
})

test('an answer may carry them in either object, in either spelling', () => {
  expect(parseCapabilities({ fmsVer: 'FMS/3,5' }, { code: 'x', CapsEx: 3 }).capsEx).toBe(3)
  expect(parseCapabilities({ capsEx: 1 }, { capsEx: 2 }).capsEx).toBe(1)
})

test('lists are bounded', () => {
  const many = Array.from({ length: 5000 }, (_, i) => String(i).padStart(4, '0'))
  expect(parseCapabilities({ fourCcList: many }).fourCcList?.length).toBe(256)
})

test('an intersection is what both can do', () => {
  const ours = parseCapabilities({
    capsEx: 15,
    videoFunction: 6,
    fourCcList: ['*'],
    videoFourCcInfoMap: { '*': 4, hvc1: 3 },
    audioFourCcInfoMap: { Opus: 7 },
  })
  const theirs = parseCapabilities({
    capsEx: 0x80000003,
    fourCcList: ['hvc1'],
    videoFourCcInfoMap: { '*': 4, hvc1: 1, av01: 2 },
    audioFourCcInfoMap: { fLaC: 7 },
  })
  expect(intersectCapabilities(ours, theirs)).toEqual({
    capsEx: 3,
    fourCcList: ['hvc1'],
    videoFourCcInfoMap: new Map([
      ['*', 4],
      ['hvc1', 5],
      ['av01', 4],
    ]),
    audioFourCcInfoMap: new Map(),
  })
})

test('a codec is in an intersection exactly when both can do it', () => {
  const mask = fc.nat({ max: 7 })
  const map = fc.dictionary(fc.constantFrom('*', 'hvc1', 'av01', 'vp09'), mask, { noNullPrototype: true })
  fc.assert(
    fc.property(map, map, (a, b) => {
      const ours = parseCapabilities({ videoFourCcInfoMap: a })
      const theirs = parseCapabilities({ videoFourCcInfoMap: b })
      const both = intersectCapabilities(ours, theirs)
      for (const fourCc of ['hvc1', 'av01', 'vp09', 'vvc1']) {
        expect(fourCcInfoOf(both, 'video', fourCc)).toBe(
          fourCcInfoOf(ours, 'video', fourCc) & fourCcInfoOf(theirs, 'video', fourCc),
        )
      }
    }),
  )
})

test('any value can be parsed', () => {
  fc.assert(
    fc.property(fc.anything(), fc.anything(), fc.anything(), (a, b, c) => {
      expect(typeof parseCapabilities({ fourCcList: a, videoFourCcInfoMap: b, capsEx: c }, a)).toBe('object')
    }),
  )
})
