/**
 * Script data of FLV tags and RTMP data messages: exact and plain, a typed view of onMetaData, its keyframe index,
 * cue points, captions and timecodes. Runs anywhere.
 *
 * @packageDocumentation
 */
export { type MetadataCodec, metadataCodec } from './codec-id.ts'
export { findKeyframe, type KeyframeEntry, keyframesProperty, readKeyframeIndex } from './keyframe-index.ts'
export {
  encodeMetadata,
  type FlvMetadata,
  metadataOf,
  metadataProperties,
  readMetadata,
} from './metadata.ts'
export {
  addSetDataFrame,
  decodeScriptData,
  encodeScriptData,
  type ScriptData,
  stripSetDataFrame,
} from './script-data.ts'
export { readScriptEvent, type ScriptEvent } from './script-event.ts'
export { decodeScriptTree, encodeScriptTree, type ScriptTree } from './script-tree.ts'
