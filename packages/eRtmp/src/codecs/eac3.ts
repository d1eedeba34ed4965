import { ac3FrameFacts } from './ac3.ts'
import type { AudioCodec, FactsReader } from './codec.ts'

/** E-AC-3. */
export const eac3: AudioCodec<'eac3', 'ec-3'> = {
  name: 'eac3',
  title: 'E-AC-3',
  fourCc: 'ec-3',
  legacyId: undefined,
}

/** Facts of E-AC-3, whose frames are told from those of AC-3 by their header. */
export const eac3Facts: FactsReader = { frame: ac3FrameFacts }
