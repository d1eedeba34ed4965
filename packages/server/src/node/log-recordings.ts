import { shownText } from '@rtmp/bytes/text'
import type { ServerEvents } from '../contract/events.ts'
import type { Facts, Level } from './log.ts'

/** How listeners are added. */
type On = <Name extends keyof ServerEvents>(name: Name, listener: (event: ServerEvents[Name]) => void) => void

const MOST_NAME = 120

const named = (name: string): string => shownText(name, MOST_NAME)

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

/** The lines about recordings, and about commands that are run. */
export const logRecordings = (on: On, line: (level: Level, text: string, facts: Facts) => void): void => {
  on('recordingStarted', ({ file, ...event }) =>
    line('info', `${named(event.path)} is being recorded to ${named(file)}`, {
      event: 'recordingStarted',
      file,
      ...event,
    }),
  )
  on('segmentCompleted', (event) =>
    line('info', `${named(event.file)} is finished: ${seconds(event.durationMs)}, ${event.bytes} bytes`, {
      event: 'segmentCompleted',
      ...event,
    }),
  )
  on('recordingEnded', (event) =>
    line(
      'info',
      `${named(event.path)} is no longer recorded: ${event.files} files, ${seconds(event.durationMs)}`,
      {
        event: 'recordingEnded',
        ...event,
      },
    ),
  )
  on('recordingInterrupted', ({ error, ...event }) =>
    line('error', `${named(event.path)} cannot be recorded for now: ${named(String(error))}`, {
      event: 'recordingInterrupted',
      ...event,
      err: error,
    }),
  )
  on('recordingGap', (event) =>
    line(
      'warn',
      `${seconds(event.missedMs)} of ${named(event.path)} are missing in its recording${event.resumed ? ', which goes on' : ': the disk is too slow'}`,
      { event: 'recordingGap', ...event },
    ),
  )
  on('recordingRepaired', ({ error, ...event }) => {
    const { unfinished, file, cutBytes } = event
    if (error !== undefined) {
      line(
        'warn',
        `${named(unfinished)} cannot be finished: ${named(error instanceof Error ? error.message : 'for an unknown reason')}`,
        {
          event: 'recordingRepaired',
          ...event,
          err: error,
        },
      )
    } else {
      const what = file === undefined ? 'had nothing in it and was removed' : `was finished as ${named(file)}`
      line(
        'info',
        `The recording ${named(unfinished)} ${what}; ${cutBytes} bytes at its end were not whole`,
        {
          event: 'recordingRepaired',
          ...event,
        },
      )
    }
  })
  on('commandStarted', (event) =>
    line('info', `${named(event.command)} runs for ${named(event.path)}`, {
      ...event,
      event: 'commandStarted',
    }),
  )
  on('commandOutput', (event) =>
    line('info', `${named(event.command)} for ${named(event.path)}: ${shownText(event.text, 1000)}`, {
      ...event,
      event: 'commandOutput',
    }),
  )
  on('commandEnded', ({ error, ...event }) => {
    const { code, signal } = event
    const how = error === undefined ? `with ${signal ?? `status ${code ?? 0}`}` : `: ${error.message}`
    const level = error === undefined && (code === 0 || signal !== undefined) ? 'info' : 'warn'
    line(level, `${named(event.command)} for ${named(event.path)} has ended ${named(how)}`, {
      ...event,
      event: 'commandEnded',
    })
  })
  on('recordingsExpired', ({ names }) =>
    line('info', `${names.length} recordings were removed: ${named(names.join(', '))}`, {
      event: 'recordingsExpired',
      names,
    }),
  )
}
