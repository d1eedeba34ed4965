type Tagged = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Tagged =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A text that is written once and meant many times. */
const expanded = (value: unknown): unknown =>
  isObject(value) && value['$'] === 'repeat' ? String(value['text']).repeat(Number(value['times'])) : value

/** An array with names and without other items is what most languages have objects for. */
const asObject = (value: Tagged): Tagged =>
  value['$'] === 'array' && Array.isArray(value['values']) && value['values'].length === 0
    ? { $: 'object', entries: value['named'] }
    : value

/** Some codecs do not tell objects from arrays with names, since most languages have one thing for both. */
const kindOf = (value: Tagged): unknown => (value['$'] === 'ecmaArray' ? 'object' : value['$'])

/**
 * Whether a codec's answer is what was expected. Objects without `$` may say more than was expected; `bytes` stands
 * for a payload of that many bytes.
 */
export const matches = (expected: unknown, actual: unknown): boolean => {
  const [want, got] = [expected, actual].map((value) => {
    const whole = expanded(value)
    return isObject(whole) ? asObject(whole) : whole
  })
  if (Array.isArray(want))
    return (
      Array.isArray(got) && got.length === want.length && want.every((item, at) => matches(item, got[at]))
    )
  if (!isObject(want)) return want === got
  if (!isObject(got)) return false
  if (want['$'] !== undefined) {
    if (kindOf(want) !== kindOf(got)) return false
    const keys = new Set([...Object.keys(want), ...Object.keys(got)].filter((key) => key !== '$'))
    return [...keys].every((key) => matches(want[key], got[key]))
  }
  return Object.entries(want).every(([key, value]) => {
    if (key !== 'bytes') return matches(value, got[key])
    const payload = got['payload'] ?? got['data']
    return typeof payload === 'string' && payload.length === Number(value) * 2
  })
}
