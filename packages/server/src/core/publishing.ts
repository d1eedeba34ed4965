import { MessageTypeId } from '@rtmp/chunk'
import { StatusCode } from '@rtmp/message'
import type { DataEvent, MediaEvent } from '@rtmp/session'
import type { Publication } from '../relay/publication.ts'
import type { AcceptLimits } from './decision.ts'
import type { PublishContext } from './handler.ts'
import { MediaHooks, wantsData, wantsMedia } from './media-hooks.ts'
import type { ServerCore } from './server-core.ts'
import type { Terms } from './terms.ts'

/** A rate counts against a limit when it was kept up for so long, in milliseconds: key frames come in bursts. */
const RATE_SPAN_MS = 3000

/** One publish of a connection, from the moment it was accepted. */
export class Publishing {
  readonly context: PublishContext
  readonly publication: Publication
  readonly terms: Terms | undefined
  readonly #core: ServerCore
  readonly #limits: AcceptLimits | undefined
  /** Only where the handler wants to see media or data. */
  readonly #mediaHooks: MediaHooks | undefined
  readonly #dataHooks: MediaHooks | undefined

  constructor(
    core: ServerCore,
    context: PublishContext,
    publication: Publication,
    terms: Terms | undefined,
    limits: AcceptLimits | undefined,
  ) {
    this.#core = core
    this.context = context
    this.publication = publication
    this.terms = terms
    this.#limits = limits
    publication.maxPlayers = limits?.players
    const { handler } = core
    const hooks =
      wantsMedia(handler) || wantsData(handler)
        ? new MediaHooks(handler, context, (hook, error) => core.failed(`the ${hook} hook`, error))
        : undefined
    this.#mediaHooks = wantsMedia(handler) ? hooks : undefined
    this.#dataHooks = wantsData(handler) ? hooks : undefined
  }

  /** Whether any hook wants to see its audio and video. */
  get showsMedia(): boolean {
    return this.#mediaHooks !== undefined
  }

  /** Whether somebody outside the relay is or was shown its payloads, and may keep them. */
  get mayBeKept(): boolean {
    return this.showsMedia || this.publication.stream.wasTapped
  }

  media(event: MediaEvent, now: number): void {
    if (this.#mediaHooks === undefined) {
      this.publication.media(event.typeId, event.timestamp, event.payload, now)
      return
    }
    const tag = this.#mediaHooks.media(event.typeId, event.timestamp, event.payload)
    if (tag === undefined) {
      this.publication.dropped(event.typeId === MessageTypeId.video, event.payload.length, now)
    } else this.publication.media(event.typeId, tag.timestamp, tag.payload, now)
  }

  data(event: DataEvent, now: number): void {
    this.#dataHooks?.data(event)
    this.publication.data(event.action, event.name, event.timestamp, event.payload, now)
  }

  /** Ends a publish that has brought nothing in time, or more than was granted. */
  check(now: number): void {
    const { startedAt, counters, rate } = this.publication
    const { firstMediaMs } = this.#core.limits
    const { messageStreamId } = this.context
    const { client } = this.context.connection
    if (firstMediaMs > 0 && now - startedAt >= firstMediaMs) {
      if (counters.audioMessages + counters.videoMessages === 0) {
        const description = `no media came within ${firstMediaMs} ms`
        client.endPublish(messageStreamId, description, 'timeout', StatusCode.publishIdle)
        return
      }
    }
    const most = this.#limits?.bytesPerSecond
    if (most !== undefined && rate.spanMs >= RATE_SPAN_MS && rate.bytesPerSecond > most) {
      client.endPublish(messageStreamId, `more than ${most} bytes a second are not allowed`)
    }
  }
}
