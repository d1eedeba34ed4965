import { readFile } from 'node:fs/promises'
import { decodeAmf0, decodeAmf0Prefix, encodeAmf0 } from '@rtmp/amf0'
import { GeneratedObjects } from '@rtmp/amf0/code-generation'
import { decodeAmf0Tree, encodeAmf0Tree } from '@rtmp/amf0/exact'
import { decodeAmf3Body } from '@rtmp/amf0/message-body'
import { Amf0Sequence } from '@rtmp/amf0/sequence'
import { amf3Codec } from '@rtmp/amf3'
import { amf3TreeCodec } from '@rtmp/amf3/exact'
import { isDecodeError } from '@rtmp/bytes'
import { fromHex, type SeededRandom, toHex } from '@rtmp/testkit/fuzz'
import type { FuzzTarget } from '../target.ts'

/** The hex of the vectors in some files below `vectors/`. */
export const vectorSeeds = async (files: readonly string[]): Promise<Uint8Array[]> => {
  const seeds: Uint8Array[] = []
  for (const file of files) {
    const text = await readFile(new URL(`../../../vectors/${file}.json`, import.meta.url), 'utf8')
    for (const { hex } of JSON.parse(text) as { hex: string }[]) seeds.push(fromHex(hex))
  }
  return seeds
}

const refuses = (run: () => unknown): boolean => {
  try {
    run()
    return false
  } catch (error) {
    if (isDecodeError(error)) return true
    throw error
  }
}

/** Kept over many inputs, since code is made for what comes often. */
let objects: GeneratedObjects | undefined

/**
 * Decodes in both views. What is accepted must encode again: the exact view to the identical bytes, the plain view to
 * bytes that decode to the same; and both views must accept the same inputs.
 */
const run = (input: Uint8Array, random: SeededRandom): void => {
  const amf3 = random.chance(0.5)
  const strict = random.chance(0.3)
  if (random.chance(0.001)) objects = random.chance(0.5) ? new GeneratedObjects() : undefined
  const plain = {
    strict,
    ...(objects === undefined ? {} : { objects }),
    ...(amf3 ? { amf3: amf3Codec } : {}),
  }
  const exact = { strict, ...(amf3 ? { amf3: amf3TreeCodec } : {}) }
  if (random.chance(0.1)) refuses(() => decodeAmf3Body(input, { strict, amf3: amf3Codec }))
  if (random.chance(0.1))
    refuses(() => decodeAmf0Prefix(input, { strict, start: random.below(input.length + 1) }))
  if (refuses(() => decodeAmf0Tree(input, exact))) {
    if (!refuses(() => decodeAmf0(input, plain))) throw new Error('only the exact view refuses')
    decodeAmf0(input, plain)
  }
  const identical = encodeAmf0Tree(decodeAmf0Tree(input, exact), exact)
  if (toHex(identical) !== toHex(input)) throw new Error('the exact view gives other bytes')
  const values = decodeAmf0(input, plain)
  const sequence = new Amf0Sequence(input, plain)
  for (let i = 0; i < values.length; i++) sequence.read()
  if (!sequence.done) throw new Error('a sequence has more values')
  // AMF3 values that AMF0 can hold are written as AMF0, which may nest and count one more.
  const limits = { maxDepth: 80, maxValues: 200_000 }
  const encoded = encodeAmf0(values, { ...plain, strict: false, references: true, limits })
  const again = decodeAmf0(encoded, { amf3: amf3Codec, limits })
  if (again.length !== values.length) throw new Error('another number of values')
}

export const target: FuzzTarget = {
  name: 'amf0',
  seeds: () =>
    vectorSeeds(['amf0/by-hand', 'amf0/independent', 'amf0/captured']).then((seeds) => [
      ...seeds,
      fromHex('0200016111060377 0a00000002 11 0905010401060311 06 00'.replaceAll(' ', '')),
    ]),
  run,
}
