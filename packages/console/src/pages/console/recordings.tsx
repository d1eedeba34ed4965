import type { JSX } from 'preact'
import { byteSize, counted, duration } from '../shared/format.ts'
import { ApiError, inUrl } from './api.ts'
import { ask, useAsk } from './ask.tsx'
import { Problem } from './problem.tsx'
import { Table } from './table.tsx'
import { usePolled } from './use-polled.ts'

/** A stream that is being recorded. */
interface UnderWay {
  readonly recording: number
  readonly path: string
  readonly format: string
  readonly state: 'recording' | 'interrupted'
  readonly bytes: number
  readonly durationMs: number
}

/** A finished file. */
interface KeptFile {
  readonly name: string
  readonly bytes: number
  readonly changedAt: number
}

interface Recorded {
  readonly recordings: readonly UnderWay[]
  readonly files: readonly KeptFile[]
  /** Of all files. */
  readonly bytes: number
  /** What is left on the disk. */
  readonly freeBytes: number
}

/** The most files that are shown, the newest first. */
const MOST_SHOWN = 500

/** What is being recorded, and the files there are. */
export const Recordings = (): JSX.Element => {
  const { answer, problem, again } = usePolled<Recorded>('/recordings', 4000)
  const act = useAsk(again)
  if (problem instanceof ApiError && problem.status === 404) {
    return (
      <p class="quiet">
        Nothing is recorded here. Add rules to <code>recordings</code> in the configuration.
      </p>
    )
  }
  const { recordings = [], files = [], bytes = 0, freeBytes = 0 } = answer ?? {}
  return (
    <>
      <Problem error={problem} />
      {answer !== undefined && <Disk bytes={bytes} freeBytes={freeBytes} files={files.length} />}
      {recordings.length > 0 && (
        <section class="panel" aria-label="Being recorded">
          <Table
            caption={`${recordings.length} being recorded`}
            columns={[
              'Stream',
              'Format',
              'State',
              { name: 'Length', kind: 'number' },
              { name: 'Size', kind: 'number' },
              { name: 'Actions', kind: 'actions' },
            ]}
          >
            {recordings.map(({ recording, path, format, state, bytes: size, durationMs }) => (
              <tr key={recording}>
                <th scope="row">{path}</th>
                <td>{format === 'fmp4' ? 'MP4' : 'FLV'}</td>
                <td>
                  <span class={state === 'recording' ? 'badge good' : 'badge warn'}>{state}</span>
                </td>
                <td class="number">{duration(durationMs)}</td>
                <td class="number">{byteSize(size)}</td>
                <td class="row-actions">
                  <button
                    class="button danger"
                    type="button"
                    onClick={() =>
                      void act(ask(`Stop recording ${path}?`, `/recordings/${recording}`, 'DELETE'))
                    }
                  >
                    Stop
                  </button>
                </td>
              </tr>
            ))}
          </Table>
        </section>
      )}
      <section class="panel" aria-label="Files">
        <Table
          caption={captionOf(files.length)}
          columns={[
            'File',
            'Finished',
            { name: 'Size', kind: 'number' },
            { name: 'Actions', kind: 'actions' },
          ]}
        >
          {files.slice(0, MOST_SHOWN).map(({ name, bytes: size, changedAt }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{new Date(changedAt).toLocaleString()}</td>
              <td class="number">{byteSize(size)}</td>
              <td class="row-actions">
                <a class="button" href={pageOf(name)}>
                  Play<span class="visually-hidden"> {name}</span>
                </a>
                <a class="button" href={`/_/recordings/${inUrl(name)}?download`} download>
                  Download<span class="visually-hidden"> {name}</span>
                </a>
                <button
                  class="button danger"
                  type="button"
                  aria-label={`Delete ${name}`}
                  onClick={() =>
                    void act(ask(`Delete ${name} for good?`, `/recordings/files/${inUrl(name)}`, 'DELETE'))
                  }
                >
                  Delete
                </button>
              </td>
            </tr>
          ))}
        </Table>
      </section>
    </>
  )
}

/** What ends with `.flv` is the stream itself, and no page. */
const pageOf = (name: string): string => `/vod/${inUrl(name.replace(/\.flv$/, ''))}`

const captionOf = (count: number): string => {
  if (count === 0) return 'No recording is finished yet.'
  return count > MOST_SHOWN ? `The newest ${MOST_SHOWN} of ${count} files` : counted(count, 'file')
}

const Disk = ({
  bytes,
  freeBytes,
  files,
}: {
  readonly bytes: number
  readonly freeBytes: number
  readonly files: number
}): JSX.Element => (
  <section class="panel disk" aria-label="Disk">
    <p>
      <strong>{byteSize(bytes)}</strong> in {counted(files, 'file')}, <strong>{byteSize(freeBytes)}</strong>{' '}
      free
    </p>
    <meter
      min={0}
      max={Math.max(1, bytes + freeBytes)}
      value={bytes}
      aria-label="Share of recordings in what could be theirs"
    />
  </section>
)
