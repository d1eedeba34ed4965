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
export const NUMBER = 0x00
export const BOOLEAN = 0x01
export const STRING = 0x02
export const OBJECT = 0x03
export const NULL = 0x05
export const UNDEFINED = 0x06
export const REFERENCE = 0x07
export const ECMA_ARRAY = 0x08
export const OBJECT_END = 0x09
export const STRICT_ARRAY = 0x0a
export const DATE = 0x0b
export const LONG_STRING = 0x0c
export const UNSUPPORTED = 0x0d
export const XML_DOCUMENT = 0x0f
export const TYPED_OBJECT = 0x10
export const AVM_PLUS = 0x11
