import { MessageTypeId } from '@rtmp/chunk'
import { StatusCode } from '@rtmp/message'
import type { DataEvent, MediaEvent } from '@rtmp/session'
import type { Publication } from '@rtmp/live/engine'
import type { AcceptLimits } from '../contract/decision.ts'
import type { PublishContext } from '../contract/contexts.ts'
import { MediaHooks, wantsData, wantsMedia } from './media-hooks.ts'
import type { Services } from './services.ts'
import type { Terms } from './terms.ts'

/** A rate counts against a limit when it was kept up for so long, in milliseconds: key frames come in bursts. */
const RATE_SPAN_MS = 3000

type PublishingServices = Pick<Services, 'handler' | 'failed' | 'limits'>

/** One publish of a connection, from the moment it was accepted. */
export class Publishing {
  readonly context: PublishContext
  readonly publication: Publication
  readonly terms: Terms | undefined
  readonly #services: PublishingServices
  readonly #limits: AcceptLimits | undefined
  /** Only where the handler wants to see media or data. */
  readonly #mediaHooks: MediaHooks | undefined
  readonly #dataHooks: MediaHooks | undefined

  constructor(
    services: PublishingServices,
    context: PublishContext,
    publication: Publication,
    terms: Terms | undefined,
    limits: AcceptLimits | undefined,
  ) {
    this.#services = services
    this.context = context
    this.publication = publication
    this.terms = terms
    this.#limits = limits
    publication.maxPlayers = limits?.players
    const { handler } = services
    const hooks =
      wantsMedia(handler) || wantsData(handler) ? new MediaHooks(handler, context, services) : undefined
    this.#mediaHooks = wantsMedia(handler) ? hooks : undefined
    this.#dataHooks = wantsData(handler) ? hooks : undefined
  }

  /** Whether any hook wants to see its audio and video. */
  get showsMedia(): boolean {
    return this.#mediaHooks !== undefined
  }

  /** Whether a payload was shown to somebody who may keep it, since this was last asked. */
  takeShown(): boolean {
    return this.publication.stream.takeShown() || this.showsMedia
  }

  media(event: MediaEvent, now: number): void {
    if (this.#mediaHooks === undefined) {
      this.publication.media(event.typeId, event.timestamp, event.payload, now)
      return
    }
    const message = this.#mediaHooks.media(event.typeId, event.timestamp, event.payload)
    if (message === undefined) {
      this.publication.dropped(event.typeId === MessageTypeId.video, event.payload.length, now)
    } else this.publication.push(message, now)
  }

  data(event: DataEvent, now: number): void {
    this.#dataHooks?.data(event)
    this.publication.data(event.action, event.name, event.timestamp, event.payload, now)
  }

  /** Ends a publish that has brought nothing in time, or more than was granted. */
  check(now: number): void {
    const { startedAt, counters, rate } = this.publication
    const { firstMediaMs } = this.#services.limits
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
