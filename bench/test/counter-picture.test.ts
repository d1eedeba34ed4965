import { expect, test } from 'vitest'
import { counterPicture, MOST_NUMBERS, numberIn, PICTURE } from '../src/latency/counter-picture.ts'

/** What a page reads of a picture. */
const columns = (picture: Uint8Array): number[] => {
  const middle = PICTURE.width * (PICTURE.height / 2)
  return Array.from({ length: 16 }, (_, i) => picture[middle + (i * PICTURE.width) / 16 + 10] as number)
}

test('every number is read again, and a picture with a wrong column is none', () => {
  for (let number = 0; number < MOST_NUMBERS; number += 7) {
    const seen = columns(counterPicture(number))
    expect(numberIn(seen)).toBe(number)
    const wrong = [...seen]
    wrong[number % 16] = 255 - (seen[number % 16] as number)
    expect(numberIn(wrong)).not.toBe(number)
  }
  expect(numberIn(columns(counterPicture(MOST_NUMBERS + 5)))).toBe(5)
  expect(numberIn([])).toBeUndefined()
})
