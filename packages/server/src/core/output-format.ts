import type { ErtmpCapabilities } from '@rtmp/ertmp'
import { type BatchFormat, rtmpFormat } from '../relay/batch-format.ts'
import { abilitiesOf, selectiveFormat } from '../relay/selective-format.ts'
import type { ServerCore } from './server-core.ts'

/** In which form a client is sent what it plays. */
export const formatFor = (
  { chunkSize, enhancedOutput }: ServerCore,
  capabilities: ErtmpCapabilities,
  messageStreamId: number,
): BatchFormat =>
  enhancedOutput === 'always'
    ? rtmpFormat(chunkSize, messageStreamId)
    : selectiveFormat(chunkSize, messageStreamId, abilitiesOf(capabilities))
