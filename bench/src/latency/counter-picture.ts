/**
 * Pictures with a number in them that survives any encoder: a row of black and white columns, twelve bits of the number and four to check it
 * by. The page reads it from its pixels.
 */
export const PICTURE = { width: 320, height: 180, rate: 30 } as const

const BITS = 12
const COLUMNS = 16

/** Numbers go round. */
export const MOST_NUMBERS: number = 1 << BITS

const check = (number: number): number => (number ^ (number >> 4) ^ (number >> 8) ^ 0b1010) & 15

/** One picture, as grey bytes. */
export const counterPicture = (number: number): Uint8Array => {
  const value = (number % MOST_NUMBERS) * 16 + check(number % MOST_NUMBERS)
  const { width, height } = PICTURE
  const row = Uint8Array.from({ length: width }, (_, x) => {
    const column = Math.floor((x * COLUMNS) / width)
    return ((value >> (COLUMNS - 1 - column)) & 1) === 1 ? 235 : 16
  })
  const picture = new Uint8Array(width * height)
  for (let y = 0; y < height; y++) picture.set(row, y * width)
  return picture
}

/** The number in what columns show, from left to right, 0 to 255; `undefined` where it is none. */
export const numberIn = (columns: readonly number[]): number | undefined => {
  const value = columns.reduce((bits, level) => bits * 2 + (level > 127 ? 1 : 0), 0)
  const number = value >> 4
  return columns.length === COLUMNS && (value & 15) === check(number) ? number : undefined
}
