import { fourCcToNumber } from './four-cc.ts'

const AVC1 = fourCcToNumber('avc1')
const HVC1 = fourCcToNumber('hvc1')
const VVC1 = fourCcToNumber('vvc1')

/** Whether CodedFrames of a video codec begin with a composition time offset (E-RTMP v2, ExVideoTagBody). */
export const hasCompositionTimeOffset = (fourCc: number): boolean =>
  fourCc === HVC1 || fourCc === AVC1 || fourCc === VVC1
