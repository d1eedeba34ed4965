/**
 * A data message that tells the publisher's time of day, so that whoever plays the stream can tell how old it is:
 * `onClock { utc: milliseconds since 1970 }`. Names that begin with "on" are passed on by every server.
 */
export const CLOCK_MARK = 'onClock'

/** The arguments of a mark. */
export const clockMark = (utc: number): { readonly utc: number } => ({ utc })

/** The time in a mark, or `undefined` when it has none. */
export const timeOfMark = (values: readonly unknown[]): number | undefined => {
  const [value] = values
  if (typeof value !== 'object' || value === null || !('utc' in value)) return undefined
  return typeof value.utc === 'number' && Number.isFinite(value.utc) ? value.utc : undefined
}
