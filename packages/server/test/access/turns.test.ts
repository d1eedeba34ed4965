import { expect, test } from 'vitest'
import { Turns } from '../../src/access/turns.ts'

/** Work that ends by hand. */
const working = (turns: Turns) => {
  const begun: number[] = []
  const ends: (() => void)[] = []
  const take = async (number: number, withdrawn?: AbortSignal): Promise<number> =>
    turns.take(async () => {
      begun.push(number)
      await new Promise<void>((resolve) => ends.push(resolve))
      return number
    }, withdrawn)
  const settled = async (): Promise<void> => new Promise(setImmediate)
  return { begun, take, settled, end: () => ends.shift()?.() }
}

test('so many at once and no more, the others in order; at the most that may wait, and one beyond', async () => {
  const { begun, take, settled, end } = working(new Turns(2, 2))
  const all = [0, 1, 2, 3].map((number) => take(number))
  await expect(take(4)).rejects.toThrow('2 wait already')
  await settled()
  expect(begun).toEqual([0, 1])
  for (const most of [3, 4, 4, 4]) {
    end()
    await settled()
    expect(begun).toHaveLength(most)
  }
  expect(await Promise.all(all)).toEqual([0, 1, 2, 3])
  const after = [take(5), take(6)]
  await settled()
  expect(begun).toEqual([0, 1, 2, 3, 5, 6])
  end()
  end()
  await Promise.all(after)
})

test('what was withdrawn is not begun, makes room, and fails; what fails gives its turn back', async () => {
  const turns = new Turns(1, 1)
  const { begun, take, settled, end } = working(turns)
  const withdrawal = new AbortController()
  const first = take(0)
  const second = take(1, withdrawal.signal)
  withdrawal.abort()
  await expect(second).rejects.toThrow('nobody waits')
  await expect(take(2, withdrawal.signal)).rejects.toThrow()
  const third = take(3)
  end()
  expect(await first).toBe(0)
  await settled()
  expect(begun).toEqual([0, 3])
  end()
  await third
  await expect(turns.take(async () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  const last = take(4)
  await settled()
  end()
  expect(await last).toBe(4)
})
