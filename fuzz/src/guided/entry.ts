// What the guided fuzzer calls, bundled into one file with the target: an input each time.
import { isDecodeError, isProtocolError } from '@rtmp/bytes'
import { SeededRandom } from '@rtmp/testkit/fuzz'
import type { FuzzTarget } from '../target.ts'
import { targets } from '../targets/index.ts'

const name = process.env['FUZZ_TARGET'] as keyof typeof targets
let target: FuzzTarget | undefined

export const fuzz = async (data: Uint8Array): Promise<void> => {
  target ??= await targets[name]()
  const input = new Uint8Array(data)
  try {
    await target.run(input, new SeededRandom(input.length))
  } catch (error) {
    // The orderly ways to refuse an input.
    if (!isDecodeError(error) && !isProtocolError(error)) throw error
  }
}
