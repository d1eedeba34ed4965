import type { ErtmpCapabilities } from '@rtmp/e-rtmp'
import type { QueryParameters } from '@rtmp/message'
import type { EnhancedOutput } from '../contract/options.ts'
import { abilitiesOf, type BatchFormat, rtmpFormat, selectiveFormat, trackFormat } from '@rtmp/live/engine'
import { tracksIn } from './track-query.ts'

/** What the form depends on. */
export interface OutputRules {
  /** Largest chunk that players are sent, in bytes. */
  readonly chunkSize: number
  readonly enhancedOutput: EnhancedOutput
}

/** In which form a client is sent what it plays: all that it can read, or the tracks that its query names. */
export const formatFor = (
  { chunkSize, enhancedOutput }: OutputRules,
  capabilities: ErtmpCapabilities,
  { messageStreamId, query }: { readonly messageStreamId: number; readonly query: QueryParameters },
): BatchFormat<Uint8Array> => {
  const format =
    enhancedOutput === 'always'
      ? rtmpFormat(chunkSize, messageStreamId)
      : selectiveFormat(
          chunkSize,
          messageStreamId,
          abilitiesOf(capabilities, enhancedOutput === 'obey' ? 'reads' : 'withholds'),
        )
  const choice = tracksIn(query)
  return choice === undefined ? format : trackFormat(format, choice)
}
