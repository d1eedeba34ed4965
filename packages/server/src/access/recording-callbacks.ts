import type { RecordedSegment, RecordingInfo } from '../contract/recordings.ts'
import type { CallbackBody, CallbackForm } from './callback-body.ts'

/** What back ends are told of a recording. */
export type RecordingFacts =
  | (RecordingInfo & { readonly event: 'recordingStarted'; readonly file: string })
  | (RecordingInfo & RecordedSegment & { readonly event: 'segmentCompleted' })
  | (RecordingInfo & {
      readonly event: 'recordingEnded'
      readonly files: number
      readonly bytes: number
      readonly durationMs: number
      readonly firstAt: number | undefined
      readonly lastAt: number | undefined
      readonly missedMs: number
      readonly reason: string
    })

/**
 * The body of a request about a recording.
 *
 *   json    { event, recording, app, streamName, path, format, … as the event has it, time }
 *   nginx   call=record_done&app=…&name=…&path=<file>; call=record_started, record_ended for the others
 *   srs     { action: 'on_dvr', app, stream, file, cwd: '', … }; for each finished file, else on_dvr_started, on_dvr_ended
 */
export const recordingBody = (form: CallbackForm, facts: RecordingFacts): CallbackBody => {
  const { event, app, streamName, recording } = facts
  const file = 'file' in facts ? facts.file : ''
  if (form === 'nginx') {
    const call = {
      recordingStarted: 'record_started',
      segmentCompleted: 'record_done',
      recordingEnded: 'record_ended',
    }
    const fields = new URLSearchParams({
      call: call[event],
      app,
      name: streamName,
      path: file,
      recorder: String(recording),
    })
    return { type: 'application/x-www-form-urlencoded', text: fields.toString() }
  }
  if (form === 'srs') {
    const action = {
      recordingStarted: 'on_dvr_started',
      segmentCompleted: 'on_dvr',
      recordingEnded: 'on_dvr_ended',
    }
    const object = {
      action: action[event],
      client_id: String(recording),
      vhost: '__defaultVhost__',
      app,
      stream: streamName,
      stream_url: `/${facts.path}`,
      file,
      cwd: '',
      duration: 'durationMs' in facts ? facts.durationMs / 1000 : 0,
      size: 'bytes' in facts ? facts.bytes : 0,
    }
    return { type: 'application/json', text: JSON.stringify(object) }
  }
  return { type: 'application/json', text: JSON.stringify({ ...facts, time: new Date().toISOString() }) }
}
