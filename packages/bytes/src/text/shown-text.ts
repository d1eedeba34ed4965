/** Where a text is cut unless said otherwise, in UTF-16 units. */
export const LONGEST_SHOWN = 300

/**
 * What can move a cursor, hide what is there, turn the direction of writing or forge a line: controls (C0, DEL, C1), line and
 * paragraph separators, format characters (bidirectional marks, zero-width ones, tags) and lone surrogates. The two joiners are left: some
 * scripts cannot be written without them, and they do nothing else.
 */
const HARMFUL = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]|(?![\u200c\u200d])\p{Cf}/gu

/**
 * A text of a stranger for a log, a terminal or a label: cut where it is too long, saying so, and what could harm whoever reads it written as
 * an escape (`\x1b`, `\u202e`), line ends too.
 *
 * @param most - UTF-16 units that are shown.
 *
 * @example
 * shownText('\u001b[2Jlive') // '\\x1b[2Jlive'
 */
export const shownText = (text: string, most: number = LONGEST_SHOWN): string => {
  const cut = text.length > most ? text.slice(0, most) : text
  const shown = cut.replace(HARMFUL, escaped)
  return cut === text ? shown : `${shown}… (${text.length - most} more characters)`
}

/** JSON with the same characters as escapes of JSON, so that it says the same to programs and harms no terminal. */
export const shownJson = (json: string): string => json.replace(HARMFUL, escapedInJson)

const escaped = (character: string): string => {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x100) return `\\x${hex(code, 2)}`
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\u{${hex(code, 0)}}`
}

const escapedInJson = (character: string): string =>
  character
    .split('')
    .map((unit) => `\\u${hex(unit.charCodeAt(0), 4)}`)
    .join('')

const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, '0')
