import { streamPath } from '@rtmp/message'
import type { ConnectionInfo } from '../contract/connection-info.ts'
import type { PlayContext, PublishContext } from '../contract/contexts.ts'
import { userOf } from './identity.ts'

/** How endpoints are asked. */
export type CallbackForm = 'json' | 'nginx' | 'srs'

/** What an endpoint is asked about, or told. */
export interface CallbackFacts {
  readonly event: 'connect' | 'publish' | 'play' | 'unpublish' | 'playStop' | 'disconnect'
  readonly connection: ConnectionInfo
  /** connect: what the client asks for. */
  readonly connect?: {
    readonly app: string
    readonly tcUrl: string
    readonly query: Readonly<Record<string, string>>
  }
  /** publish, play and their ends. */
  readonly stream?: PublishContext | PlayContext
  /** Ends: why. */
  readonly reason?: string
  readonly description?: string
}

/** A body and its type. */
export interface CallbackBody {
  readonly type: string
  readonly text: string
}

/**
 * The body of a request.
 *
 *   json    { event, connection, address, port, secure, app, tcUrl, flashVer, user, streamName, path,
 *             sent: { app, streamName }, query, intent, reason, description, time }
 *   nginx   call=publish&app=…&name=…&addr=…&clientid=…&tcurl=…&flashver=…&swfurl=…&pageurl=…, then the parameters of
 *           the stream's name; ends are call=publish_done, play_done and disconnect
 *   srs     { action: 'on_publish', client_id, ip, vhost, app, tcUrl, pageUrl, stream, param, stream_url }; the others
 *           are on_connect, on_play, on_unpublish, on_stop and on_close
 *
 * `intent: 'configure'` (`&intent=configure`) stands in a publish that is only a question, in all forms.
 */
export const callbackBody = (form: CallbackForm, facts: CallbackFacts): CallbackBody => {
  if (form === 'nginx') return { type: 'application/x-www-form-urlencoded', text: nginxForm(facts) }
  return {
    type: 'application/json',
    text: JSON.stringify(form === 'srs' ? srsObject(facts) : ownObject(facts)),
  }
}

const ownObject = ({ event, connection, connect, stream, reason, description }: CallbackFacts): object => ({
  event,
  connection: connection.id,
  address: connection.remoteAddress,
  port: connection.remotePort,
  secure: connection.secure,
  app: connection.app,
  tcUrl: connection.connect?.tcUrl,
  flashVer: connection.connect?.flashVer,
  user: userOf(connection),
  time: new Date().toISOString(),
  ...connect,
  ...(stream && {
    app: stream.app,
    streamName: stream.streamName,
    path: stream.path,
    sent: stream.sent,
    query: stream.query,
    intent: intentOf(stream),
  }),
  reason,
  description,
})

/** `'configure'` where it is only a question; see {@link PublishContext.intent}. */
const intentOf = (stream: PublishContext | PlayContext): 'configure' | undefined =>
  'intent' in stream ? stream.intent : undefined

const NGINX_CALLS: Readonly<Record<CallbackFacts['event'], string>> = {
  connect: 'connect',
  publish: 'publish',
  play: 'play',
  unpublish: 'publish_done',
  playStop: 'play_done',
  disconnect: 'disconnect',
}

const nginxForm = ({ event, connection, connect, stream }: CallbackFacts): string => {
  const command = connection.connect
  const fields = new URLSearchParams({
    call: NGINX_CALLS[event],
    app: connect?.app ?? stream?.app ?? connection.app,
    flashver: command?.flashVer ?? '',
    swfurl: textOf(command?.properties['swfUrl']),
    tcurl: command?.tcUrl ?? '',
    pageurl: textOf(command?.properties['pageUrl']),
    addr: connection.remoteAddress,
    clientid: String(connection.id),
  })
  if (stream !== undefined) {
    fields.set('name', stream.streamName)
    const intent = intentOf(stream)
    if (intent !== undefined) fields.set('intent', intent)
    if ('publishType' in stream) fields.set('type', stream.publishType)
    else {
      fields.set('start', String(stream.start))
      fields.set('duration', String(stream.duration ?? -1))
      fields.set('reset', stream.reset ? '1' : '0')
    }
  }
  // A parameter must not take the place of what the server says.
  for (const [name, value] of Object.entries(connect?.query ?? stream?.query ?? {})) {
    if (!fields.has(name)) fields.set(name, value)
  }
  return fields.toString()
}

const SRS_ACTIONS: Readonly<Record<CallbackFacts['event'], string>> = {
  connect: 'on_connect',
  publish: 'on_publish',
  play: 'on_play',
  unpublish: 'on_unpublish',
  playStop: 'on_stop',
  disconnect: 'on_close',
}

const srsObject = ({ event, connection, connect, stream }: CallbackFacts): object => {
  const query = Object.entries(stream?.query ?? connect?.query ?? {})
  const parameters = query
    .map(([name, value]) => [name, ...(value === '' ? [] : [value])].map(encodeURIComponent).join('='))
    .join('&')
  return {
    action: SRS_ACTIONS[event],
    client_id: String(connection.id),
    ip: connection.remoteAddress,
    vhost: '__defaultVhost__',
    app: connect?.app ?? stream?.app ?? connection.app,
    tcUrl: connection.connect?.tcUrl,
    pageUrl: textOf(connection.connect?.properties['pageUrl']),
    ...(stream && {
      stream: stream.streamName,
      param: parameters === '' ? '' : `?${parameters}`,
      stream_url: `/${streamPath(stream.app, stream.streamName)}`,
      intent: intentOf(stream),
    }),
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')
