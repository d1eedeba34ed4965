/**
 * Whether a stream's path fits a pattern, in which `*` stands for any text, slashes too. The time it takes
 * grows with the length of the text, whatever the pattern.
 */
export const matchesPattern = (pattern: string, text: string): boolean => {
  const parts = pattern.split('*')
  const first = parts[0] ?? ''
  const last = parts.at(-1) ?? ''
  if (parts.length === 1) return pattern === text
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return text.length - last.length >= at && text.endsWith(last)
}
