import type { HttpOutput, PlaceCall } from '../http-output.ts'
import type { HttpSubject } from '../http-subject.ts'
import { fileAnswer } from './file-answer.ts'

/** Finished recordings at `/_/recordings/<name>`, whole or in parts, for administrators. */
export const recordingFiles = (subject: HttpSubject): HttpOutput => ({
  places: {
    '/_/recordings/': {
      audience: 'admin',
      isOnDisk: () => true,
      answers: { GET: async (call) => answer(subject, call) },
    },
  },
})

const answer = async (subject: HttpSubject, call: PlaceCall): Promise<Response> => {
  const { rest } = call
  const found = await subject.recordings()?.store.find(rest)
  if (found === undefined) return Response.json({ error: `there is no recording ${rest}.` }, { status: 404 })
  return fileAnswer(found, call).response
}
