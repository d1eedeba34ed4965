import { soundChannels, soundSampleRate } from '@rtmp/flv'
import type { CodecFacts } from './codecs/codec.ts'
import { FACTS_READERS } from './codecs/list.ts'
import type { MediaFrame } from './media-frame.ts'

/**
 * What a frame says of its codec: a sequence header of any codec with a record, a coded frame of those whose frames tell
 * (AC-3, E-AC-3, MP3, the legacy sound formats; key frames of VP8, VP9, AV1, and Sorenson and Screen video).
 *
 * @returns `undefined` for frames that say nothing, an empty sequence header among them.
 * @throws DecodeError, phase `'ertmp'` or `'flv'`, when a record or frame header is broken
 */
export const codecFacts = (frame: MediaFrame): CodecFacts | undefined => {
  const { codec, type, payload } = frame
  if (payload.length === 0) return undefined
  const reader = Object.hasOwn(FACTS_READERS, codec) ? FACTS_READERS[codec] : undefined
  if (type === 'sequenceHeader') return reader?.record?.(payload)
  if (type === 'mpeg2TsSequenceHeader') return reader?.descriptor?.(payload)
  if (type !== 'coded') return undefined
  return reader === undefined ? legacySoundFacts(frame) : reader.frame?.(frame)
}

/** What the header of legacy sound says, of codecs that say nothing themselves. */
const legacySoundFacts = ({ kind, codec, form, headerByte }: MediaFrame): CodecFacts | undefined => {
  if (kind === 'video' || form === 'enhanced') return undefined
  return {
    codec,
    sampleRate: soundSampleRate(headerByte >> 4, (headerByte >> 2) & 3),
    channels: soundChannels(headerByte >> 4, headerByte & 1),
  }
}
