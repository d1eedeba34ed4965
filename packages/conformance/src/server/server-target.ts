import { dialSocket } from '../node/socket-link.ts'
import {
  type ClaimedLimits,
  DEFAULT_CLAIMED,
  DEFAULT_PATIENCE,
  type Patience,
  type ServerProfile,
} from './server-profile.ts'

/** What can be said about a server beside its URL. */
export interface ServerTargetOptions {
  /** Stream name to publish as; `{name}` stands for the tester's own. Default `{name}`. */
  readonly publishAs?: string | undefined
  /** Stream name to play; default as {@link publishAs}. */
  readonly playAs?: string | undefined
  /** What is left out has its default, see {@link ClaimedLimits}. */
  readonly claimed?: Partial<ClaimedLimits> | undefined
  /** What is left out has its default, see {@link Patience}. */
  readonly patience?: Partial<Patience> | undefined
  /** Process id, when the server runs on this machine: memory and time are measured. */
  readonly pid?: number | undefined
  /** Makes the server ask its clients to go elsewhere; without it those cases do not apply. */
  readonly drain?: (() => Promise<void>) | undefined
  /** User and password; without them the cases about authentication do not apply. */
  readonly user?: { readonly name: string; readonly password: string } | undefined
}

/**
 * A server by its URL: `rtmp://host[:port]/app` or `rtmps://…`. The whole path is the app.
 *
 * @throws Error when the URL is none
 *
 * @example
 * serverTarget('rtmp://localhost/live')
 */
export const serverTarget = (url: string, options: ServerTargetOptions = {}): ServerProfile => {
  const { scheme, host, port, path } = splitUrl(url)
  const publishAs = options.publishAs ?? '{name}'
  const playAs = options.playAs ?? publishAs
  return {
    dial: dialSocket({ host, port, secure: scheme === 'rtmps' }),
    app: path,
    tcUrl: url,
    publishAs: (name) => publishAs.replaceAll('{name}', name),
    playAs: (name) => playAs.replaceAll('{name}', name),
    claimed: { ...DEFAULT_CLAIMED, ...options.claimed },
    patience: { ...DEFAULT_PATIENCE, ...options.patience },
    pid: options.pid,
    drain: options.drain,
    user: options.user,
  }
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { rtmp: 1935, rtmps: 443 }

interface SplitUrl {
  readonly scheme: string
  readonly host: string
  readonly port: number
  readonly path: string
}

/** A URL in its parts. @throws Error when it is not one of RTMP */
export const splitUrl = (url: string): SplitUrl => {
  const found = /^(rtmps?):\/\/(\[[^\]]+\]|[^/:]+)(?::(\d+))?(?:\/(.*))?$/.exec(url)
  if (found === null)
    throw new Error(`${url} is no URL of the form rtmp://host[:port]/app or rtmps://host[:port]/app`)
  const [, scheme = 'rtmp', host = '', port, path = ''] = found
  return {
    scheme,
    host: host.replace(/^\[|\]$/g, ''),
    port: port === undefined ? (DEFAULT_PORTS[scheme] ?? 1935) : Number(port),
    path: path.replace(/\/+$/, ''),
  }
}

/** Whether a host is this machine. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || host.startsWith('127.')
