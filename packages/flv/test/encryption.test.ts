import { fromHex, toHex } from '@rtmp/testkit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeFlv, TagType } from '../src/index.ts'
import { decodeEncryptedBody, encodeEncryptedBody } from '../src/file.ts'
import { fileOf } from './tags.ts'

const iv = Uint8Array.from({ length: 16 }, (_, i) => i + 1)
const data = fromHex('aabbcc')

describe('the encryption envelope', () => {
  // FLV §F.3, laid out by hand: header, NumFilters, FilterName with its zero, length, parameters, body.
  test.each([
    [
      'version 1, AAC',
      TagType.audio,
      'af01 01 456e6372797074696f6e00 000010 0102030405060708090a0b0c0d0e0f10 aabbcc',
      { filterName: 'Encryption', encrypted: true, header: fromHex('af01'), iv, data },
    ],
    [
      'version 2, AVC, encrypted',
      TagType.video,
      '1701000000 01 534500 000011 80 0102030405060708090a0b0c0d0e0f10 aabbcc',
      { filterName: 'SE', encrypted: true, header: fromHex('1701000000'), iv, data },
    ],
    [
      'version 2, in clear',
      TagType.video,
      '12 01 534500 000001 00 aabbcc',
      { filterName: 'SE', encrypted: false, header: fromHex('12'), data },
    ],
    [
      'a private filter in a script tag',
      TagType.script,
      '01 5800 000002 beef aabbcc',
      { filterName: 'X', encrypted: true, header: new Uint8Array(0), data },
    ],
  ])('%s', (_, typeId, hex, body) => {
    const payload = fromHex(hex)
    const read = decodeEncryptedBody(typeId, payload)
    expect(read).toMatchObject(body)
    expect(read.iv).toEqual((body as { iv?: Uint8Array }).iv)
    expect(encodeEncryptedBody(read)).toEqual(payload)
    if (typeId !== TagType.script) expect(toHex(encodeEncryptedBody(body))).toBe(toHex(payload))
  })

  test('goes through a file with the filter bit set', () => {
    const payload = encodeEncryptedBody({
      filterName: 'Encryption',
      encrypted: true,
      header: fromHex('af01'),
      iv,
      data,
    })
    const [tag] = decodeFlv(fileOf([{ typeId: TagType.audio, timestamp: 3, payload, filtered: true }]), {
      damaged: 'strict',
    })
    expect(tag).toMatchObject({ filtered: true, typeId: TagType.audio })
    expect(decodeEncryptedBody(TagType.audio, tag?.payload ?? new Uint8Array(0)).data).toEqual(data)
  })

  test('refusals', () => {
    const code =
      (typeId: number, hex: string): (() => unknown) =>
      () =>
        decodeEncryptedBody(typeId, fromHex(hex))
    expect(code(8, 'af01 02')).toThrow('FLV_ENCRYPTION at byte 2')
    expect(code(8, 'af01 01 4142')).toThrow('FLV_ENCRYPTION at byte 3')
    expect(code(8, 'af01 01 456e6372797074696f6e00 000002 0102')).toThrow('FLV_ENCRYPTION')
    expect(code(8, 'af01 01 5300 000010 01')).toThrow('TRUNCATED')
    const body = { filterName: 'Encryption', encrypted: true, header: new Uint8Array(0), data }
    expect(() => encodeEncryptedBody(body)).toThrow('FLV_FIELD_MISSING at iv')
    expect(() => encodeEncryptedBody({ ...body, iv: new Uint8Array(3) })).toThrow('iv.length')
    expect(() => encodeEncryptedBody({ ...body, iv, filterName: 'a\0b' })).toThrow('filterName')
  })

  test('any bytes are read and written back, or refused', () => {
    const payload = fc
      .tuple(
        fc.uint8Array({ maxLength: 6 }),
        fc.constantFrom('01 534500', '01 58 00', '01'),
        fc.uint8Array({ maxLength: 40 }),
      )
      .map(([header, name, rest]) =>
        Uint8Array.of(...header, ...fromHex(name), 0, 0, rest.length >> 1, ...rest),
      )
    fc.assert(
      fc.property(payload, fc.constantFrom(8, 9, 18), (bytes, typeId) => {
        try {
          expect(encodeEncryptedBody(decodeEncryptedBody(typeId, bytes))).toEqual(bytes)
        } catch (error) {
          expect((error as { code: string }).code).toMatch(/^(FLV_ENCRYPTION|TRUNCATED)$/)
        }
      }),
    )
  })
})
