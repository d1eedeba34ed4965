import type { ConnectionInfo } from '../contract/connection-info.ts'
import { type Redirect, type Reject, reject } from '../contract/decision.ts'
import type { EnhancedMode } from '../contract/options.ts'
import type { StreamAction } from '../contract/stream-action.ts'
import { StatusCode, type StreamPlace } from '@rtmp/message'
import type { Admission } from './admission.ts'
import type { BanList } from './bans.ts'
import type { Drain } from './drain.ts'
import type { Gate } from './gate.ts'
import type { Services } from './services.ts'
import type { StreamControl } from './stream-control.ts'
import { viewersOf } from './viewer.ts'

/** What requests are held against. */
interface GateServices extends Pick<Services, 'registry' | 'limits'> {
  readonly enhanced: EnhancedMode
  readonly admission: Admission
  readonly bans: BanList
  readonly streamControl: StreamControl
  readonly draining: Drain | undefined
  /** Players of a stream at other processes of the same server. */
  readonly playersElsewhere: (path: string) => number
}

/** What limits, bans and drains have against requests. */
export class ServerGate implements Gate {
  readonly #services: GateServices

  constructor(services: GateServices) {
    this.#services = services
  }

  /** See {@link Gate.connectRefusal}. */
  connectRefusal(connection: ConnectionInfo): Reject | undefined {
    if (isNode(connection)) return undefined
    if (this.#services.enhanced === 'enhancedOnly' && !connection.isEnhanced) {
      return reject('this server takes clients of Enhanced RTMP only')
    }
    return this.#services.bans.connectRefusal(connection)
  }

  /** See {@link Gate.appRefusal}. */
  appRefusal(connection: ConnectionInfo, app: string): Reject | undefined {
    if (isNode(connection) || this.#services.admission.hasRoomIn(app)) return undefined
    return reject(`${app} has as many connections as it may`)
  }

  /** See {@link Gate.beginRefusal}. */
  beginRefusal(connection: ConnectionInfo): Reject | Redirect | undefined {
    return isNode(connection) ? undefined : this.#services.draining?.refusal
  }

  /** See {@link Gate.streamRefusal}. */
  streamRefusal(
    connection: ConnectionInfo,
    action: StreamAction,
    app: string,
    streamName: string,
  ): Reject | Redirect | undefined {
    const { bans, streamControl } = this.#services
    return (
      bans.streamRefusal(connection, action, app, streamName) ??
      streamControl.draining(app, streamName)?.refusal
    )
  }

  /** See {@link Gate.playRefusal}. */
  playRefusal(
    connection: ConnectionInfo,
    { app, streamName }: StreamPlace,
    asked: string,
    waitMs: number | undefined,
  ): Reject | undefined {
    const { registry, limits } = this.#services
    if (!registry.maySubscribe(app, streamName, waitMs))
      return reject(`there is no stream ${asked}`, { code: StatusCode.playStreamNotFound })
    const stream = registry.find(app, streamName)
    if (stream === undefined || isNode(connection)) return undefined
    const { playersPerStream } = limits
    const most = Math.min(
      playersPerStream === 0 ? Number.POSITIVE_INFINITY : playersPerStream,
      stream.publication?.maxPlayers ?? Number.POSITIVE_INFINITY,
    )
    if (most === Number.POSITIVE_INFINITY) return undefined
    const here = viewersOf(stream).filter(({ peer }) => !isNode(peer)).length
    if (here + this.#services.playersElsewhere(stream.path) < most) return undefined
    return reject(`${asked} has as many players as it may`, { code: StatusCode.playFailed })
  }
}

const isNode = ({ node }: Pick<ConnectionInfo, 'node'>): boolean => node !== undefined
