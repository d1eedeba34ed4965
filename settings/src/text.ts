const YES: ReadonlySet<string> = new Set(['true', 'yes', 'on', '1'])
const NO: ReadonlySet<string> = new Set(['false', 'no', 'off', '0'])

/** Yes or no, as people write it in a variable or after a flag; `undefined` for anything else. */
export const switchOf = (text: string): boolean | undefined => {
  const word = text.trim().toLowerCase()
  return YES.has(word) ? true : NO.has(word) ? false : undefined
}

/** A value in a sentence for a person: `'many'`, `[1,2]`; at most 80 characters of it. */
export const shownValue = (value: unknown): string => {
  const text = typeof value === 'string' ? `'${value}'` : (JSON.stringify(value) ?? String(value))
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}
