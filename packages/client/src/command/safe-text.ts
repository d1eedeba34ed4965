/**
 * Text of a stranger for a terminal: characters that could move the cursor, hide what is there or turn the direction of
 * writing round become escapes. Line ends stay.
 */
export const safeText = (text: string): string => {
  let safe = ''
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    safe += isHarmful(code) ? escaped(code) : character
  }
  return safe
}

const LINE_FEED = 0x0a

const isHarmful = (code: number): boolean =>
  (code < 0x20 && code !== LINE_FEED) ||
  (code >= 0x7f && code <= 0x9f) || // DEL and the C1 controls
  (code >= 0x2028 && code <= 0x202e) || // line and paragraph separators, embeddings and overrides of direction
  (code >= 0x2066 && code <= 0x2069) // isolates

const escaped = (code: number): string =>
  code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`
