// A process that measures one side of one scenario and nothing else: `contender-process.mjs SCENARIO [PEER]`.
// Started by apart.ts.
import { codecScenarios } from './index.ts'
import type { Measured } from './apart.ts'

const [wanted, peer] = process.argv.slice(2)
const scenario = codecScenarios.find(({ name }) => name === wanted)
const contender = peer === undefined ? scenario?.ours : scenario?.peers[peer]

const measure = async (): Promise<Measured> => {
  try {
    if (contender === undefined) throw new Error('no such contender')
    return { value: await contender.measure() }
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) }
  } finally {
    globalThis.gc?.()
  }
}

process.on('message', () => {
  void measure().then((measured) => process.send?.(measured))
})
