import type { BitReader, BitWriter } from '@rtmp/bytes'
import { requireInteger, usageError } from './errors.ts'

/**
 * The layout of a record as a table, read and written by the two functions below, most significant bit first.
 *
 * A field is its name, its bits, and how they stand for the value: by default a number; `FLAG` a boolean; a number is
 * added to what is on the wire; a list is looked up. A number in the place of the name is a constant: written, and not
 * checked when read, since senders get reserved bits wrong.
 */
type Field<Name extends string = string> =
  | readonly [name: Name, bits: number, meaning?: number | readonly number[] | typeof FLAG]
  | readonly [constant: number, bits: number]

/** Marks a field of one bit that is a boolean. */
export const FLAG = 'flag'

/** The names of the fields of `Record` that have a value in bits. */
export type Layout<Fields> = readonly Field<keyof Fields & string>[]

/** @throws DecodeError `TRUNCATED` */
export const readFields = <Fields>(bits: BitReader, layout: Layout<Fields>): Fields => {
  const fields: Record<string, number | boolean> = {}
  for (const [name, size, meaning] of layout) {
    const value = size > 32 ? bits.u(size - 24) * 2 ** 24 + bits.u(24) : bits.u(size)
    if (typeof name === 'number') continue
    fields[name] =
      meaning === FLAG
        ? value === 1
        : typeof meaning === 'object'
          ? (meaning[value] as number)
          : value + (meaning ?? 0)
  }
  return fields as Fields
}

/** @throws UsageError `ERTMP_FIELD_RANGE` naming the field */
export const writeFields = <Fields>(bits: BitWriter, layout: Layout<Fields>, fields: Fields): void => {
  for (const [name, size, meaning] of layout) {
    const value = typeof name === 'number' ? name : valueOf(Number(fields[name]), size, meaning, name)
    if (size > 32) bits.u(Math.floor(value / 2 ** 24), size - 24)
    bits.u(size > 32 ? value % 2 ** 24 : value, size > 32 ? 24 : size)
  }
}

const valueOf = (given: number, size: number, meaning: Field[2], name: string): number => {
  if (typeof meaning === 'object') {
    const index = meaning.indexOf(given)
    if (index < 0) throw usageError('ERTMP_FIELD_RANGE', `${given} is none of ${meaning.join(', ')}`, name)
    return index
  }
  const least = typeof meaning === 'number' ? meaning : 0
  requireInteger(given, least, least + 2 ** size - 1, name)
  return given - least
}
