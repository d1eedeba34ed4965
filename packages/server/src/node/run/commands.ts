import type { PlayContext, PublishContext } from '../../contract/contexts.ts'
import type { RunCommand, RunOptions } from '../../contract/run-options.ts'
import type { ServerCore } from '../../core/server-core.ts'
import { matchesPattern } from '../../names/pattern.ts'
import { RunningCommand } from './running-command.ts'

/** How many run at once: strangers bring them about. */
const MOST = 64

/** What is known of why a command runs. */
interface Occasion {
  readonly event: 'publish' | 'play' | 'recordingEnded'
  readonly app: string
  readonly streamName: string
  readonly path: string
  readonly facts: Readonly<Record<string, string>>
}

/** Runs commands as publishes, plays and recordings come, and ends them with what they run for. */
export class Commands {
  readonly #core: ServerCore
  readonly #running = new Set<RunningCommand>()
  /** Those that end with a publish or a play. */
  readonly #bound = new Map<string, RunningCommand[]>()
  readonly #offs: readonly (() => void)[]

  /** Begins at once. */
  constructor(core: ServerCore, { onPublish = [], onPlay = [], onRecordingEnded = [] }: RunOptions) {
    this.#core = core
    const { events } = core
    this.#offs = [
      events.on('publishStarted', (context) => this.#begun('publish', context, onPublish)),
      events.on('publishEnded', (context) => this.#ended('publish', context)),
      events.on('playStarted', (context) => this.#begun('play', context, onPlay)),
      events.on('playEnded', (context) => this.#ended('play', context)),
      events.on('segmentCompleted', ({ app, streamName, path, file, name, durationMs, bytes }) => {
        const facts = {
          RTMP_FILE: file,
          RTMP_FILE_NAME: name,
          RTMP_DURATION_MS: String(Math.round(durationMs)),
          RTMP_BYTES: String(bytes),
        }
        this.#run({ event: 'recordingEnded', app, streamName, path, facts }, onRecordingEnded)
      }),
    ]
  }

  /** Ends all of them. */
  async close(): Promise<void> {
    for (const off of this.#offs) off()
    await Promise.all([...this.#running].map((one) => one.end()))
  }

  #begun(
    event: 'publish' | 'play',
    context: PublishContext | PlayContext,
    commands: readonly RunCommand[],
  ): void {
    if (commands.length === 0) return
    const { app, streamName, path, connection } = context
    const facts = { RTMP_ADDRESS: connection.remoteAddress, RTMP_CONNECTION: connection.uid }
    const run = this.#run({ event, app, streamName, path, facts }, commands)
    if (run.length > 0) this.#bound.set(keyOf(event, context), run)
  }

  #ended(event: 'publish' | 'play', context: PublishContext | PlayContext): void {
    const key = keyOf(event, context)
    for (const one of this.#bound.get(key) ?? []) void one.end()
    this.#bound.delete(key)
  }

  #run(occasion: Occasion, commands: readonly RunCommand[]): RunningCommand[] {
    const { event, app, streamName, path, facts } = occasion
    const core = this.#core
    const environment = {
      RTMP_EVENT: event,
      RTMP_PATH: path,
      RTMP_APP: app,
      RTMP_STREAM_NAME: streamName,
      ...facts,
    }
    const places: Readonly<Record<string, string>> = { path, app, streamName }
    return commands.flatMap(({ command, stream = '*' }) => {
      if (!matchesPattern(stream, path)) return []
      if (this.#running.size >= MOST) {
        core.failed(`a command for ${path}`, new Error(`${MOST} commands run already`))
        return []
      }
      const [program = '', ...rest] = command
      const args = rest.map((one) =>
        one.replaceAll(/\{(path|app|streamName)\}/g, (_, place: string) => places[place] ?? ''),
      )
      const info = { command: program, event, path }
      const running = new RunningCommand(program, args, environment, {
        line: (text, from) => core.events.emit('commandOutput', { ...info, text, from }),
        gone: (code, signal, error) => {
          this.#running.delete(running)
          core.events.emit('commandEnded', { ...info, code, signal, error })
        },
      })
      this.#running.add(running)
      core.events.emit('commandStarted', { ...info, pid: running.pid })
      return [running]
    })
  }
}

const keyOf = (event: string, { connection, messageStreamId }: PublishContext | PlayContext): string =>
  `${event} ${connection.uid} ${messageStreamId}`
