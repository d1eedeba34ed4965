import { fromHex } from '@rtmp/testkit'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ByteReader, ByteWriter, isDecodeError } from '../src/index.ts'

describe('ByteReader and ByteWriter', () => {
  test('every width comes back', () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 0xff }),
        fc.nat({ max: 0xffff }),
        fc.nat({ max: 0xffffff }),
        fc.nat({ max: 0xffffffff }),
        fc.double(),
        fc.uint8Array({ maxLength: 700 }),
        (a, b, c, d, e, f) => {
          const writer = new ByteWriter(1)
          writer.u8(a)
          writer.u16(b)
          writer.u24(c)
          writer.u32(d)
          writer.u32le(d)
          writer.f64(e)
          writer.bytes(f)
          const reader = new ByteReader(writer.finish())
          expect([
            reader.u8(),
            reader.u16(),
            reader.u24(),
            reader.u32(),
            reader.u32le(),
            reader.f64(),
          ]).toEqual([a, b, c, d, d, e])
          expect(reader.copy(f.length)).toEqual(f)
          expect(reader.remaining).toBe(0)
        },
      ),
    )
  })

  test('byte order and signs, by hand', () => {
    const reader = new ByteReader(fromHex('01020304 01020304 ffffff fffe 800000'))
    expect(reader.u32()).toBe(0x01020304)
    expect(reader.u32le()).toBe(0x04030201)
    expect(reader.i24()).toBe(-1)
    expect(reader.i16()).toBe(-2)
    expect(reader.i24()).toBe(-0x800000)
  })

  test('patches overwrite in place', () => {
    const writer = new ByteWriter(2)
    writer.bytes(new Uint8Array(9))
    writer.patchU16(0, 0x0102)
    writer.patchU24(2, 0x030405)
    writer.patchU32(5, 0xfedcba98)
    expect(writer.finish()).toEqual(fromHex('0102030405fedcba98'))
  })

  test('reading past the end says where and how much was missing', () => {
    const reader = new ByteReader(Uint8Array.of(1, 2, 3), 'amf0')
    reader.skip(2)
    const caught = (() => {
      try {
        return reader.u32()
      } catch (error) {
        return error
      }
    })()
    expect(isDecodeError(caught)).toBe(true)
    expect(caught).toMatchObject({ code: 'TRUNCATED', offset: 2, phase: 'amf0' })
  })

  test('a view shares memory and a copy does not', () => {
    const bytes = Uint8Array.of(1, 2, 3, 4)
    const reader = new ByteReader(bytes)
    expect(reader.view(2).buffer).toBe(bytes.buffer)
    expect(reader.copy(2).buffer).not.toBe(bytes.buffer)
  })
})
