// UTF-8 without Buffer. The platform's TextEncoder and TextDecoder do the long texts; short ASCII, which is nearly
// every key and command name in RTMP, is faster by hand.

interface PlatformTextDecoder {
  decode(bytes: Uint8Array): string
}
interface PlatformTextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>
  encodeInto(text: string, target: Uint8Array): { read: number; written: number }
}
// Every runtime we support has these two; the base library of ES2022 does not declare them.
declare const TextDecoder: new (
  label: string,
  options: { fatal: boolean; ignoreBOM: boolean },
) => PlatformTextDecoder
declare const TextEncoder: new () => PlatformTextEncoder

const lossy = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: false, ignoreBOM: true })
const fatal = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = /* @__PURE__ */ new TextEncoder()

/** Up to this many bytes a loop over character codes beats the call into the platform. */
const SHORT_TEXT = 32

const shortAscii = (bytes: Uint8Array, start: number, end: number): string | undefined => {
  let text = ''
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number
    if (byte > 0x7f) return undefined
    text += String.fromCharCode(byte)
  }
  return text
}

/**
 * The text of `bytes[start, end)`. Ill-formed sequences become U+FFFD, as the WHATWG encoding standard says; a byte
 * order mark is kept.
 *
 * @example
 * ```ts
 * decodeUtf8(Uint8Array.of(0x6c, 0xff, 0x76)) // 'l\uFFFDv'
 * ```
 */
export const decodeUtf8 = (bytes: Uint8Array, start = 0, end: number = bytes.length): string => {
  if (end - start <= SHORT_TEXT) {
    const text = shortAscii(bytes, start, end)
    if (text !== undefined) return text
  }
  return lossy.decode(bytes.subarray(start, end))
}

/** The text of `bytes[start, end)`, or `undefined` when they are not well-formed UTF-8. */
export const decodeUtf8Strict = (
  bytes: Uint8Array,
  start = 0,
  end: number = bytes.length,
): string | undefined => {
  if (end - start <= SHORT_TEXT) {
    const text = shortAscii(bytes, start, end)
    if (text !== undefined) return text
  }
  try {
    return fatal.decode(bytes.subarray(start, end))
  } catch {
    return undefined
  }
}

/** How many bytes a text takes in UTF-8. A lone surrogate counts as the three bytes of U+FFFD. */
export const utf8Length = (text: string): number => {
  let length = text.length
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit < 0x80) continue
    if (unit < 0x800) length += 1
    else if (unit >= 0xd800 && unit <= 0xdbff && isLowSurrogate(text.charCodeAt(at + 1))) {
      length += 2 // four bytes for two units
      at += 1
    } else length += 2
  }
  return length
}

const isLowSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff

/** Position of the first lone surrogate in a text, or -1 when it is well formed. */
export const loneSurrogateAt = (text: string): number => {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    if (unit < 0xd800 || unit > 0xdfff) continue
    if (unit <= 0xdbff && isLowSurrogate(text.charCodeAt(at + 1))) at += 1
    else return at
  }
  return -1
}

/**
 * A text as UTF-8, in memory of its own. Lone surrogates become U+FFFD; see {@link loneSurrogateAt}.
 *
 * @example
 * ```ts
 * encodeUtf8('live') // Uint8Array [0x6c, 0x69, 0x76, 0x65]
 * ```
 */
export const encodeUtf8 = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text)

/**
 * Writes a text as UTF-8 at `offset` and returns the number of bytes written. The caller has made room for
 * {@link utf8Length} bytes; what does not fit is cut at a character.
 */
export const writeUtf8 = (target: Uint8Array, offset: number, text: string): number => {
  if (text.length <= SHORT_TEXT && target.length - offset >= text.length) {
    let at = 0
    for (; at < text.length; at++) {
      const unit = text.charCodeAt(at)
      if (unit > 0x7f) break
      target[offset + at] = unit
    }
    if (at === text.length) return at
  }
  return encoder.encodeInto(text, target.subarray(offset)).written
}
