/** How many letters must be put in, left out or changed to make one text of the other. */
const distance = (a: string, b: string): number => {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 0; i < a.length; i++) {
    const row = [i + 1]
    for (let j = 0; j < b.length; j++) {
      const changed = (previous[j] ?? 0) + (a[i] === b[j] ? 0 : 1)
      row.push(Math.min(changed, (previous[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1))
    }
    previous = row
  }
  return previous[b.length] ?? 0
}

/** Longer texts are nobody's slip of the finger. */
const MAX_LENGTH = 80

/** The candidate most like a text, if one is like it enough to be what was meant. */
export const closestTo = (text: string, candidates: readonly string[]): string | undefined => {
  if (text.length > MAX_LENGTH) return undefined
  let best: string | undefined
  let least = Math.max(2, Math.floor(text.length / 3)) + 1
  for (const candidate of candidates) {
    const far = distance(text.toLowerCase(), candidate.toLowerCase())
    if (far < least) [best, least] = [candidate, far]
  }
  return best
}
