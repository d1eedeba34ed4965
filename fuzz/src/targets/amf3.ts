import { type Amf3ClassHandler, amf3ToAmf0, decodeAmf3, decodeAmf3Prefix, encodeAmf3 } from '@rtmp/amf3'
import { decodeAmf3Tree, encodeAmf3Tree } from '@rtmp/amf3/exact'
import { isDecodeError } from '@rtmp/bytes'
import { fromHex, type SeededRandom, toHex } from '@rtmp/testkit/fuzz'
import type { FuzzTarget } from '../target.ts'
import { vectorSeeds } from './amf0.ts'

/** Reads a bit of everything from whatever bytes there are. */
const classes: readonly Amf3ClassHandler[] = [
  {
    className: 'X',
    readExternal: (input) => [input.u8(), input.u29(), input.value(), input.bytes(input.u8()), input.utf()],
  },
]

const refuses = (run: () => unknown): boolean => {
  try {
    run()
    return false
  } catch (error) {
    if (isDecodeError(error)) return true
    throw error
  }
}

/**
 * Decodes in both views. What is accepted must encode again: the exact view to the identical bytes, the plain view to
 * bytes that decode; and both views must accept the same inputs.
 */
const run = (input: Uint8Array, random: SeededRandom): void => {
  const options = { strict: random.chance(0.3), ...(random.chance(0.5) ? { classes } : {}) }
  if (random.chance(0.1))
    refuses(() => decodeAmf3Prefix(input, { ...options, start: random.below(input.length + 1) }))
  if (refuses(() => decodeAmf3Tree(input, options))) {
    if (!refuses(() => decodeAmf3(input, options))) throw new Error('only the exact view refuses')
    decodeAmf3(input, options)
  }
  const identical = encodeAmf3Tree(decodeAmf3Tree(input, options))
  if (toHex(identical) !== toHex(input)) throw new Error('the exact view gives other bytes')
  const values = decodeAmf3(input, options)
  // Associative arrays become objects, which may nest and count one more.
  const limits = { maxDepth: 80, maxValues: 200_000 }
  const again = decodeAmf3(encodeAmf3(values, { limits }), { limits })
  if (again.length !== values.length) throw new Error('another number of values')
  amf3ToAmf0(values)
}

export const target: FuzzTarget = {
  name: 'amf3',
  seeds: () =>
    vectorSeeds(['amf3/by-hand', 'amf3/independent']).then((seeds) => [
      ...seeds,
      fromHex('0a0703580105060361020708000161'),
      fromHex('0a1b0758595a0361036206036104050361040001'),
    ]),
  run,
}
