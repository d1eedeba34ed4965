/** Whether a file could have been named by a template, at whatever time and for whatever stream. */
export type FileShape = (file: string) => boolean

/**
 * What names by a template look like: each `{field}` stands for a letter or more, slashes too, and a number stands before the ending where a name
 * was taken. Strangers choose the names that are looked at: the time it takes grows with their length, whatever the template.
 */
export const fileShape = (template: string): FileShape => {
  const texts = template.split(/\{\w*\}/)
  const last = texts.at(-1) ?? ''
  const [ending = ''] = /\.[^.]*$/.exec(last) ?? []
  const stems = [...texts.slice(0, -1), last.slice(0, last.length - ending.length)]
  return (file) => {
    if (ending === '') return fits(texts, file)
    if (!file.endsWith(ending)) return false
    const stem = file.slice(0, -ending.length)
    return fits(stems, stem) || fits(stems, withoutNumber(stem))
  }
}

/** Whether a text is these, in their order, with a letter or more between each two. */
const fits = (texts: readonly string[], text: string): boolean => {
  const [first = ''] = texts
  const last = texts.at(-1) ?? ''
  if (texts.length === 1) return text === first
  if (!text.startsWith(first)) return false
  let at = first.length
  for (const one of texts.slice(1, -1)) {
    const found = text.indexOf(one, at + 1)
    if (found < 0) return false
    at = found + one.length
  }
  return text.length - last.length > at && text.endsWith(last)
}

const withoutNumber = (text: string): string => {
  let end = text.length
  while (end > 0 && '0123456789'.includes(text.charAt(end - 1))) end -= 1
  return end < text.length && text.charAt(end - 1) === '-' ? text.slice(0, end - 1) : text
}
