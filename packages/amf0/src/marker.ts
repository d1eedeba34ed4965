/**
 * AMF0 type markers: the first byte of every value (AMF0 §2.1).
 *
 *   marker  type           body
 *     00    number         f64
 *     01    boolean        u8, zero is false
 *     02    string         u16 length, UTF-8
 *     03    object         properties, object end
 *     04    movieclip      reserved, cannot be skipped
 *     05    null           -
 *     06    undefined      -
 *     07    reference      u16 index
 *     08    ECMA array     u32 count (a hint), properties, object end
 *     09    object end     only after an empty name
 *     0A    strict array   u32 count, values
 *     0B    date           f64 milliseconds since 1970 UTC, s16 time zone
 *     0C    long string    u32 length, UTF-8
 *     0D    unsupported    -
 *     0E    recordset      reserved, cannot be skipped
 *     0F    XML document   u32 length, UTF-8
 *     10    typed object   u16 length, class name, properties, object end
 *     11    AVM+ object    one AMF3 value
 *
 * A property is `u16 length, name, value`; the object end is `00 00 09`. Numbers are big-endian.
 */
export const Marker = {
  number: 0x00,
  boolean: 0x01,
  string: 0x02,
  object: 0x03,
  null: 0x05,
  undefined: 0x06,
  reference: 0x07,
  ecmaArray: 0x08,
  objectEnd: 0x09,
  strictArray: 0x0a,
  date: 0x0b,
  longString: 0x0c,
  unsupported: 0x0d,
  xmlDocument: 0x0f,
  typedObject: 0x10,
  avmPlus: 0x11,
} as const
