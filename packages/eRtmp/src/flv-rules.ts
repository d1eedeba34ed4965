import { type FlvRules, TagType } from '@rtmp/flv'
import { classifyVideo, flagsOf, HEADER_FLAGS, headerKey, MediaFlags } from './classify.ts'
import { knownCodecName } from './codec-lookup.ts'

/**
 * The rules of Enhanced RTMP and of every codec here, for the file tools of `@rtmp/flv`: what is a key frame, what is a
 * header, which header takes the place of which, and how FourCCs in `onMetaData` are called.
 *
 * @example
 * import { indexFlv } from '@rtmp/flv/file'
 * const indexed = indexFlv(bytes, flvRules)
 */
export const flvRules: Required<FlvRules> = {
  isKeyFrame: (payload) => (classifyVideo(payload) & MediaFlags.keyFrame) !== 0,
  isSequenceHeader: ({ typeId, payload }) => (flagsOf(typeId, payload) & HEADER_FLAGS) !== 0,
  headerKey: ({ typeId, payload }) => headerKey(typeId === TagType.video ? 'video' : 'audio', payload),
  fourCcName: knownCodecName,
}
