import { shownText } from '@rtmp/bytes/text'
import type { CommandReceivedEvent } from '@rtmp/session'
import type { CallHandler } from './call-handler.ts'
import type { LogSink } from './log.ts'
import type { StreamLink } from './stream-link.ts'

/** Calls of the server on their way to the application's handler; without one each is refused at once. */
export class ServerCalls {
  readonly #handler: CallHandler | undefined
  readonly #log: LogSink

  constructor(handler: CallHandler | undefined, log: LogSink) {
    this.#handler = handler
    this.#log = log
  }

  /** A call has come. */
  async take(link: StreamLink, event: CommandReceivedEvent): Promise<void> {
    const { requestId, name, values, commandObject, messageStreamId } = event
    const wantsAnswer = requestId !== undefined
    try {
      const said: unknown = await this.#handler?.({
        name,
        values,
        commandObject,
        messageStreamId,
        wantsAnswer,
      })
      if (requestId === undefined) return
      if (said === undefined) link.act((session) => session.reject(requestId))
      else link.act((session) => session.accept(requestId, { values: Array.isArray(said) ? said : [said] }))
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      this.#log({
        level: 'error',
        event: 'callFailed',
        text: `A call of the server, ${shownText(name)}, has failed here: ${why}`,
      })
      if (requestId === undefined) return
      link.act((session) => session.reject(requestId, { description: 'the client could not answer' }))
    }
  }
}
