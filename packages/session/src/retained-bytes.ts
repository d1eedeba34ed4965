// Costs in bytes, as Node 20 to 24 need them, rounded up.
const STRING = 32
const NUMBER = 16
const OBJECT = 96
const PROPERTY = 64
const ELEMENT = 8

const ofString = (text: string): number => STRING + text.length * (isLatin1(text) ? 1 : 2)

/** Letters that take one byte each. */
const isLatin1 = (text: string): boolean => !/[^\p{ASCII}\u0080-\u00ff]/u.test(text)

/**
 * About what a value that was read from AMF costs in memory as long as it is kept, in bytes: not less than the truth. What is shared in it
 * is counted once.
 */
export const retainedBytes = (value: unknown): number => {
  const seen = new Set<object>()
  const waiting: unknown[] = [value]
  let bytes = 0
  while (waiting.length > 0) {
    const next = waiting.pop()
    if (typeof next === 'string') bytes += ofString(next)
    else if (typeof next === 'number') bytes += NUMBER
    else if (typeof next === 'object' && next !== null && !seen.has(next)) {
      seen.add(next)
      bytes += OBJECT
      if (ArrayBuffer.isView(next)) bytes += next.buffer.byteLength
      else if (Array.isArray(next)) {
        bytes += next.length * ELEMENT
        for (const item of next) waiting.push(item)
      } else {
        for (const [name, item] of Object.entries(next)) {
          bytes += PROPERTY + ofString(name)
          waiting.push(item)
        }
      }
    }
  }
  return bytes
}
