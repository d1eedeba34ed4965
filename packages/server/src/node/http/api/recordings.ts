import type { Recordings } from '../../record/recordings.ts'
import { RequestError, requireFound } from '../problem.ts'
import { recordingSchema } from '../request-body.ts'
import { type ApiCall, type ApiOperation, operation, operationWith } from './operation.ts'

const NOTHING_RECORDED = 'Nothing is recorded here'

/** What administrators see and change of recordings. */
export const RECORDINGS: readonly ApiOperation[] = [
  operation(
    {
      id: 'listRecordings',
      tag: 'recordings',
      method: 'GET',
      path: '/recordings',
      summary: 'What is being recorded, and the finished files',
      refusals: { 404: `${NOTHING_RECORDED}.` },
    },
    async (call) => {
      const present = recordingsOf(call)
      const files = await present.store.list()
      return {
        recordings: present.stats(),
        files,
        bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
        freeBytes: await present.store.freeBytes(),
      }
    },
  ),
  operationWith(
    {
      id: 'startRecording',
      tag: 'recordings',
      method: 'POST',
      path: '/recordings',
      summary: 'Begins to record a stream, by the rules that fit',
      status: 201,
      refusals: {
        404: `${NOTHING_RECORDED}, or nobody publishes the stream.`,
        409: 'It is recorded already, or no rule is for it.',
      },
    },
    recordingSchema,
    (call, { stream }) => {
      const present = recordingsOf(call)
      if (call.core.registry.find('', stream)?.publication === undefined) {
        throw new RequestError(404, { error: `nobody publishes ${stream}.`, field: 'stream' })
      }
      const started = present.start(stream)
      if (started.length === 0) {
        const error = `${stream} is being recorded already, or no entry of recordings is for it.`
        throw new RequestError(409, { error, field: 'stream' })
      }
      call.tell('startRecording', `stream ${stream} is being recorded`)
      return { recordings: started }
    },
  ),
  operation(
    {
      id: 'stopRecording',
      tag: 'recordings',
      method: 'DELETE',
      path: '/recordings/{id}',
      summary: 'Ends a recording, and finishes its file',
      refusals: { 404: `${NOTHING_RECORDED}, or there is no such recording.` },
    },
    async (call) => {
      const id = call.number('id')
      requireFound(await recordingsOf(call).stop(id), `recording ${id}`, 'id')
      call.tell('stopRecording', `recording ${id} was ended`)
      return { ended: true }
    },
  ),
  operation(
    {
      id: 'removeRecordingFile',
      tag: 'recordings',
      method: 'DELETE',
      path: '/recordings/files/{name}',
      summary: 'Removes a finished file',
      refusals: { 404: `${NOTHING_RECORDED}, or there is no such file.` },
    },
    async (call) => {
      const name = call.text('name')
      requireFound(await recordingsOf(call).store.remove(name), `file ${name}`, 'name')
      call.tell('deleteRecording', `the recording ${name} was removed`)
      return { removed: true }
    },
  ),
]

const recordingsOf = ({ subject }: ApiCall): Recordings => {
  const present = subject.recordings()
  if (present !== undefined) return present
  throw new RequestError(404, {
    error: 'nothing is recorded here: there are no recordings in the configuration.',
  })
}
