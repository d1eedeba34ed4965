import type { ConformanceCase } from '../case/conformance-case.ts'
import type { ServerTest } from '../case/context.ts'
import { chunkCases } from './chunk.ts'
import { commandCases } from './command.ts'
import { enhancedCases } from './enhanced.ts'
import { handshakeCases } from './handshake.ts'
import { messageCases } from './message.ts'
import { netStreamCases } from './net-stream.ts'
import { protocolControlCases } from './protocol-control.ts'
import { robustCases } from './robust.ts'
import { sharedObjectUrlAuthCases } from './shared-object-url-auth.ts'
import { timestampCases } from './timestamp.ts'
import { userControlCases } from './user-control.ts'

/** Every case about a server. */
export const SERVER_CASES: readonly ConformanceCase<ServerTest>[] = [
  ...handshakeCases,
  ...chunkCases,
  ...timestampCases,
  ...protocolControlCases,
  ...userControlCases,
  ...messageCases,
  ...commandCases,
  ...netStreamCases,
  ...sharedObjectUrlAuthCases,
  ...robustCases,
  ...enhancedCases,
]
