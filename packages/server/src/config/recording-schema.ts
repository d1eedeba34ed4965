import * as v from 'valibot'
import type { RecordingRule } from '../contract/recordings.ts'
import type { RunCommand } from '../contract/run-options.ts'
import { type Field, structure } from './field.ts'
import { section } from './section.ts'

const positive = v.pipe(v.number(), v.integer(), v.minValue(1))

const PLACES = /^(?:[^{}]|\{(?:path|app|streamName|start|date|time|index|ext)\})+$/

const recording: v.GenericSchema<unknown, RecordingRule> = v.strictObject({
  stream: v.exactOptional(v.string()),
  file: v.pipe(v.string(), v.regex(PLACES), v.regex(/[^/]$/)),
  format: v.exactOptional(v.picklist(['flv', 'fmp4'])),
  splitMs: v.exactOptional(positive),
  splitBytes: v.exactOptional(positive),
  newHeaders: v.exactOptional(v.picklist(['newFile', 'inFile'])),
  on: v.exactOptional(v.picklist(['always', 'request'])),
  keepMs: v.exactOptional(positive),
  keepBytes: v.exactOptional(positive),
  syncMs: v.exactOptional(positive),
  minFreeBytes: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(0))),
})

/** Streams that are recorded. */
export const recordingsOption: Field<readonly RecordingRule[]> = structure<readonly RecordingRule[]>(
  [],
  'streams that are recorded',
  "a list of { file: 'recordings/{path}/{start}.{ext}' }, each with stream: 'app/name' (* for any text), format: 'flv' or 'fmp4', splitMs, splitBytes, newHeaders: 'newFile' or 'inFile', on: 'always' or 'request', keepMs, keepBytes, syncMs and minFreeBytes if needed",
  v.array(recording),
)

const commands = (when: string): Field<readonly RunCommand[]> =>
  structure<readonly RunCommand[]>(
    [],
    `commands that are run ${when}, never through a shell`,
    "a list of { command: [program, arguments] }, each with stream: 'app/name' if needed; {path}, {app} and {streamName} in arguments stand for the stream's",
    v.array(
      v.strictObject({
        command: v.pipe(v.array(v.string()), v.minLength(1)),
        stream: v.exactOptional(v.string()),
      }),
    ),
  )

/** Commands that are run when something happens. */
export const runSection = section('Commands to run, with what has happened in their environment', {
  onPublish: commands('with each publish and ended with it'),
  onPlay: commands('with each play and ended with it'),
  onRecordingEnded: commands('with each file of a recording that is finished'),
})
