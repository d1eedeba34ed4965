/**
 * Live streams to FLV and fragmented MP4 files that survive crashes, full and slow disks, lost publishers and jumping clocks.
 *
 * @packageDocumentation
 */
export { fileName, finishedName, type NameParts, rootOf, safeName, unfinishedName } from './file-name.ts'
export { failureCode, type FileFacts, type RecordingFile, type RecordingFiles } from './files.ts'
export { nodeFiles } from './node/node-files.ts'
export { openRecording } from './open-recording.ts'
export { record } from './record.ts'
export type { RecordingItem } from './recording.ts'
export type { Recording } from './recording-handle.ts'
export type {
  InterruptionReason,
  RecordedFile,
  RecordingEndReason,
  RecordingEvent,
  RecordingSummary,
} from './recording-events.ts'
export type { RecordingClock, RecordOptions } from './recording-options.ts'
export type { RecordingReader, RecordingStart } from './recording-reader.ts'
export { type RepairedRecording, type RepairOptions, repairRecording, repairRecordings } from './repair.ts'
