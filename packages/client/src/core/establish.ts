import { Authenticator } from '../auth/authenticator.ts'
import { hostPort, type RtmpUrl } from '../rtmp-url.ts'
import { Connection, type ConnectionOwner } from './connection.ts'
import { type ClientStage, ConnectRejected, isRtmpClientError, RtmpClientError } from './errors.ts'
import type { ClientHost } from './host.ts'
import { inWords, type LogSink } from './log.ts'
import type { ConnectionOptions } from './options.ts'
import { redirected, type RedirectTrust, redirectWords } from './redirect.ts'
import {
  type ClientRole,
  connectPropertiesOf,
  deadlinesOf,
  livenessOf,
  publicUrl,
  sessionOptionsOf,
} from './session-options.ts'
import { type ServerInfo, serverInfoOf } from './server-info.ts'
import { within } from './waiting.ts'

/** What is needed to come to an accepted connection. */
export interface EstablishSetup {
  readonly host: ClientHost
  readonly role: ClientRole
  readonly options: ConnectionOptions
  readonly signal: AbortSignal
  readonly log: LogSink
  /** Servers, as host and port, that have left `connect` without an answer and then answered the classic form. */
  readonly classicOnly: Set<string>
}

/** A connection that the server has accepted. */
export interface Established {
  readonly connection: Connection
  /** Where it is, after redirects. */
  readonly target: RtmpUrl
  readonly server: ServerInfo
}

/** Counts redirects over connect, publish and play of one attempt. */
export class Hops {
  readonly #maximum: number
  readonly #trust: RedirectTrust
  #count = 0

  constructor({ options, role }: Pick<EstablishSetup, 'options' | 'role'>) {
    const { maxRedirects = 5, trustRedirects = false } = options
    this.#maximum = maxRedirects
    this.#trust = { trustRedirects, role }
  }

  /** @throws RtmpClientError `REDIRECT_LIMIT`, `REDIRECT_INVALID`, `REDIRECT_UNTRUSTED` */
  follow(from: RtmpUrl, to: string, stage: ClientStage): RtmpUrl {
    this.#count += 1
    if (this.#count > this.#maximum) {
      const text = `the server redirected ${this.#count} times, ${this.#maximum} are followed: is it a loop?`
      throw new RtmpClientError('REDIRECT_LIMIT', text, { stage, canRetry: false })
    }
    return redirected(from, to, stage, this.#trust)
  }
}

/**
 * Dials, shakes hands and connects, follows redirects and answers authentication, each on a connection of its own.
 *
 * Simple servers know no strict array, in which E-RTMP has its list of codecs, and hang up on a `connect` with one, or
 * (go2rtc) never answer it: it is sent once more without, unless the caller has said what to announce. Silence costs the
 * whole deadline, so that later connections to such a server begin with the classic form.
 *
 * @param owner - Hears of the connection that is accepted in the end, from its acceptance on.
 * @throws RtmpClientError; the signal's reason
 */
export const establish = async (
  setup: EstablishSetup,
  start: RtmpUrl,
  hops: Hops,
  owner: ConnectionOwner,
): Promise<Established> => {
  const { host, role, options, signal, log, classicOnly } = setup
  let target = start
  let query = ''
  let classic = options.capabilities === undefined && classicOnly.has(serverOf(target))
  let failure: ConnectFailure | undefined
  let authenticator = authenticatorFor(host, target)
  for (;;) {
    const connection = await open(setup, target, owner)
    const announced = classic ? { ...options, capabilities: false as const } : options
    const properties = connectPropertiesOf(target, query, role, announced)
    const answer = await abortable(connection, signal, () =>
      connection.answer(connection.session.connect(properties)),
    ).catch((error: unknown) => {
      failure = classic || options.capabilities !== undefined || signal.aborted ? undefined : failureOf(error)
      if (failure === undefined) {
        classicOnly.delete(serverOf(target))
        throw error
      }
      return undefined
    })
    if (answer === undefined) {
      classic = true
      const text = `The server ${failure === 'silent' ? 'did not answer connect' : 'closed the connection instead of answering connect'}: once more without Enhanced RTMP`
      log({ level: 'info', event: 'classic', text })
      continue
    }
    if (failure === 'silent') classicOnly.add(serverOf(target))
    const { handshake } = connection
    if (answer.kind === 'connected' && handshake !== undefined) {
      return { connection, target, server: serverInfoOf(connection.remote, answer, handshake) }
    }
    if (answer.kind !== 'connectRejected') throw new Error(`connect was answered by ${answer.kind}`)
    connection.leave()
    const { redirect, status } = answer
    if (redirect !== undefined) {
      const before = target
      target = hops.follow(before, redirect, 'connect')
      query = ''
      authenticator = authenticatorFor(host, target)
      log({
        level: 'info',
        event: 'redirected',
        text: `The server sends us to ${redirectWords(before, target)}`,
      })
      continue
    }
    const next = authenticator.next(status.description)
    if (next === undefined) throw new ConnectRejected(status)
    if (target.scheme === 'rtmp') {
      log({
        level: 'debug',
        event: 'authenticating',
        text: 'The server asks who we are; without TLS the answer can be overheard',
      })
    }
    query = next
  }
}

/** How a server may take a `connect` that it cannot read. */
type ConnectFailure = 'hungUp' | 'silent'

const failureOf = (error: unknown): ConnectFailure | undefined => {
  if (!isRtmpClientError(error) || error.stage !== 'connect') return undefined
  if (error.code === 'CONNECTION_LOST') return 'hungUp'
  return error.code === 'TIMEOUT' ? 'silent' : undefined
}

const serverOf = ({ host, port }: RtmpUrl): string => hostPort(host, port)

const authenticatorFor = (host: ClientHost, { user, password, app }: RtmpUrl): Authenticator =>
  new Authenticator({
    user,
    password,
    app: app.split('?')[0] ?? '',
    md5: host.md5,
    random: () => host.random(),
  })

const open = async (setup: EstablishSetup, target: RtmpUrl, owner: ConnectionOwner): Promise<Connection> => {
  const { host, options, signal, log } = setup
  const deadlines = deadlinesOf(options)
  log({ level: 'info', event: 'connecting', text: `Connecting to ${publicUrl(target)}` })
  const began = host.now()
  const transport = await within(
    host,
    {
      ms: deadlines.dial,
      signal,
      error: () =>
        new RtmpClientError(
          'TIMEOUT',
          `${hostPort(target.host, target.port)} did not answer within ${inWords(deadlines.dial)}`,
          {
            stage: 'dial',
            canRetry: true,
          },
        ),
    },
    (inner) =>
      host.dial({ secure: target.scheme === 'rtmps', host: target.host, port: target.port, signal: inner }),
    (late) => late.destroy(),
  )
  let accepted = false
  const gate: ConnectionOwner = {
    event(event) {
      accepted ||= event.kind === 'connected'
      if (accepted) owner.event(event)
    },
    drained: () => owner.drained(),
    closed: (error) => {
      if (accepted) owner.closed(error)
    },
  }
  const connection = new Connection(host, transport, {
    session: sessionOptionsOf(host, options),
    deadlines,
    liveness: livenessOf(options),
    owner: gate,
  })
  log({
    level: 'debug',
    event: 'connected',
    text: `Reached ${transport.remote} in ${inWords(host.now() - began)}`,
  })
  return connection
}

/** Runs something on a connection; when it fails or is aborted the connection is closed at once. */
export const abortable = async <Value>(
  connection: Connection,
  signal: AbortSignal,
  run: () => Promise<Value>,
): Promise<Value> => {
  const stop = (): void => connection.destroy()
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await run()
  } catch (error) {
    connection.destroy()
    throw signal.aborted ? signal.reason : error
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
