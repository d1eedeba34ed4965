/**
 * AMF3 type markers: the first byte of every value (AMF3 §3.1).
 *
 *   marker  type              body
 *     00    undefined         -
 *     01    null              -
 *     02    false             -
 *     03    true              -
 *     04    integer           U29, sign-extended from 29 bits
 *     05    double            f64
 *     06    string            U29S: reference, or length and UTF-8
 *     07    XMLDocument       reference, or length and UTF-8
 *     08    date              reference, or 1 and f64 milliseconds since 1970 UTC
 *     09    array             reference, or dense count; named members up to an empty name; dense values
 *     0A    object            reference, or traits; sealed values; dynamic members up to an empty name
 *     0B    XML               as 07
 *     0C    ByteArray         reference, or length and bytes
 *     0D    Vector.<int>      reference, or count; u8 fixed; i32 each
 *     0E    Vector.<uint>     the same, u32 each
 *     0F    Vector.<double>   the same, f64 each
 *     10    Vector.<Object>   reference, or count; u8 fixed; type name; values
 *     11    Dictionary        reference, or count; u8 weak keys; key and value in turn
 *
 * "Reference, or n" is a U29 whose low bit is 0 for a reference (index above it) and 1 for n (above it).
 */
export const Marker = {
  undefined: 0x00,
  null: 0x01,
  false: 0x02,
  true: 0x03,
  integer: 0x04,
  double: 0x05,
  string: 0x06,
  xmlDocument: 0x07,
  date: 0x08,
  array: 0x09,
  object: 0x0a,
  xml: 0x0b,
  byteArray: 0x0c,
  vectorInt: 0x0d,
  vectorUint: 0x0e,
  vectorDouble: 0x0f,
  vectorObject: 0x10,
  dictionary: 0x11,
} as const
