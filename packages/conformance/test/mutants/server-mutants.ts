import { chunkMutants } from './chunk-mutants.ts'
import { commandMutants } from './command-mutants.ts'
import { controlMutants } from './control-mutants.ts'
import { enhancedMutants } from './enhanced-mutants.ts'
import { handshakeMutants } from './handshake-mutants.ts'
import { messageMutants } from './message-mutants.ts'
import type { Mutant } from './mutated-dial.ts'
import { robustMutants } from './robust-mutants.ts'

/** Every broken server. */
export const SERVER_MUTANTS: readonly Mutant[] = [
  ...handshakeMutants,
  ...chunkMutants,
  ...controlMutants,
  ...messageMutants,
  ...commandMutants,
  ...robustMutants,
  ...enhancedMutants,
]
