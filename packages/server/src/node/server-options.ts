import { hostname } from 'node:os'
import { UsageError } from '@rtmp/bytes'
import type { StreamRegistryOptions } from '@rtmp/live'
import type { PingOptions, SessionDeadlines, SessionLimits } from '@rtmp/session'
import type { AddressRules } from '../access/address-rules.ts'
import type { SignedTokenOptions } from '../access/signed-token.ts'
import type { AccessTable } from '../access/table.ts'
import type { ClusterOptions } from '../contract/cluster-options.ts'
import type { ClosingOptions } from '../contract/options.ts'
import type { ListenOptions } from '../contract/listen-options.ts'
import { limitsOf } from './memory-allowed.ts'
import type { AccessOptions } from './access/access-options.ts'
import type { CertificateOptions } from '../contract/tls-options.ts'
import type { HlsServerOptions } from '../contract/hls-options.ts'
import type { TlsOptions } from '../contract/tls-options.ts'
import type { ServerOptions } from './options.ts'
import type { Configuration } from '../config/configuration.ts'

/**
 * What a configuration means for `createServer`.
 *
 * @throws UsageError `CERTIFICATE_MISSING`
 */
export const serverOptionsOf = (configuration: Configuration): ServerOptions => {
  const {
    rtmp,
    rtmps,
    http,
    https,
    streams,
    session,
    closing,
    drain,
    enhanced,
    enhancedOutput,
    statsIntervalMs,
  } = configuration
  const { chunkSize, windowAckSize, peerBandwidth, strict, deadlines, ping, ...sessionLimits } = session
  return {
    rtmp:
      rtmp.port === 'off'
        ? false
        : { port: rtmp.port, backlog: rtmp.backlog, ...host(rtmp.host), proxyFrom: rtmp.proxyFrom },
    listeners: listenersOf(configuration),
    http:
      http.port === 'off'
        ? false
        : {
            port: http.port,
            ...host(http.host),
            webSocket: http.webSocket,
            pages: http.pages,
            posters: http.posters,
            origins: http.origins,
            adminFrom: http.adminFrom,
            metricsPerStream: http.metricsPerStream,
            hls: hlsOf(configuration.hls),
            obs: { ladders: configuration.ladders, ingest: configuration.obs.ingest },
            ...given('token', http.token),
          },
    https: https.port === 'off' ? false : { port: https.port, ...host(https.host), tls: tlsOf(rtmps) },
    access: accessOptionsOf(configuration),
    streams: only<StreamRegistryOptions>()(streams),
    session: {
      chunkSize,
      windowAckSize,
      peerBandwidth,
      strict,
      deadlines: only<SessionDeadlines>()(deadlines),
      ping: only<PingOptions>()(ping),
      limits: only<Partial<SessionLimits>>()(sessionLimits),
    },
    relays: configuration.relays,
    ...clusterOf(configuration),
    recordings: configuration.recordings,
    run: configuration.run,
    closing: only<ClosingOptions>()(closing),
    limits: limitsOf(configuration),
    enhanced,
    enhancedOutput,
    statsIntervalMs,
    directWrite: configuration.directWrite === 'off' ? false : 'auto',
    drain: { deadlineMs: drain.deadlineMs, ...given('tcUrl', drain.tcUrl) },
  }
}

/** What a configuration means for a cluster; nothing without a directory. */
const clusterOf = ({ cluster }: Configuration): Pick<ServerOptions, 'cluster'> => {
  const { directory, node, host: name, port, bind, redirectTo, ...rest } = cluster
  if (directory === '') return {}
  return {
    cluster: {
      ...only<Partial<ClusterOptions>>()(rest),
      directory,
      port,
      host: name === '' ? hostname() : name,
      ...given('node', node),
      ...given('bind', bind === '*' ? '' : bind),
      ...given('redirectTo', redirectTo),
    },
  }
}

/** What a configuration means for HLS. */
const hlsOf = ({ mode, folder, ...hls }: Configuration['hls']): HlsServerOptions | false =>
  mode === 'off' ? false : { ...hls, mode, ...given('folder', folder) }

/** A section that holds options of these names, and no other: what nobody takes would be an option that does nothing. */
type Only<T, Section> = {
  readonly [Name in keyof Section]: Name extends keyof T
    ? Section[Name] extends readonly unknown[]
      ? Section[Name]
      : Section[Name] extends object
        ? Only<NonNullable<T[Name]>, Section[Name]>
        : Section[Name]
    : never
}

/** Passes a whole section on; an option in it that the other side does not know does not compile. */
const only =
  <T>() =>
  <Section extends T>(section: Section & Only<T, Section>): Section =>
    section

/** An option of that name, if there is something in it. */
const given = <Name extends string>(name: Name, value: string): { readonly [Key in Name]?: string } =>
  (value === '' ? {} : { [name]: value }) as { readonly [Key in Name]?: string }

const host = (name: string): { readonly host?: string } => given('host', name === '*' ? '' : name)

/** @throws UsageError `CERTIFICATE_MISSING` */
const tlsOf = (rtmps: Configuration['rtmps']): TlsOptions => {
  const own: CertificateOptions = {
    ...given('cert', rtmps.cert),
    ...given('key', rtmps.key),
    ...given('pfx', rtmps.pfx),
    ...given('passphrase', rtmps.passphrase),
  }
  const hasOwn = own.pfx !== undefined || (own.cert !== undefined && own.key !== undefined)
  const certificates = [...(hasOwn ? [own] : []), ...(rtmps.certificates as readonly CertificateOptions[])]
  if (certificates.length === 0) {
    const message = 'RTMPS and HTTPS need a certificate: give rtmps.cert and rtmps.key, or rtmps.pfx'
    throw new UsageError('CERTIFICATE_MISSING', message, 'rtmps.cert')
  }
  const { minVersion, watch, handshakeMs } = rtmps
  return { certificates, minVersion, watch, handshakeMs }
}

const listenersOf = ({ rtmps, listeners }: Configuration): ListenOptions[] => {
  const wantsTls = rtmps.port !== 'off' || listeners.some((one) => one.tls === true)
  const secure = wantsTls ? { tls: tlsOf(rtmps) } : {}
  return [
    ...(rtmps.port === 'off'
      ? []
      : [{ port: rtmps.port, ...host(rtmps.host), proxyFrom: rtmps.proxyFrom, ...secure }]),
    ...listeners.map((one) => ({
      port: one.port,
      ...host(one.host ?? '*'),
      proxyFrom: one.proxyFrom ?? [],
      ...(one.tls === true ? secure : {}),
    })),
  ]
}

/** What a configuration means for the access kit. */
export const accessOptionsOf = ({ access }: Configuration): AccessOptions => {
  const { users, addresses, challenge, table, tokens, jwt, callbacks, recheckSeconds } = access
  const anyAddress = Object.values(addresses).some(({ allow, deny }) => allow.length + deny.length > 0)
  const { connect, publish, play, ended, recording } = callbacks
  const anyUrl = [connect, publish, play, ended, recording].some(Boolean)
  const { form, timeoutMs, retries, retryDelayMs, headers } = callbacks
  return {
    recheckSeconds,
    ...(anyAddress && { addresses: only<AddressRules>()(addresses) }),
    ...(challenge.scheme !== 'off' && {
      challenge: { users, scheme: challenge.scheme, apps: challenge.apps },
    }),
    ...(table.rules.length > 0 && { table: { ...only<AccessTable>()(table), users } }),
    ...(tokens.secrets.length > 0 && { tokens: only<SignedTokenOptions>()(tokens) }),
    ...((jwt.jwksUrl || jwt.publicKey || jwt.secret) && {
      jwt: {
        ...given('jwksUrl', jwt.jwksUrl),
        ...given('publicKey', jwt.publicKey),
        ...given('secret', jwt.secret),
        ...given('issuer', jwt.issuer),
        ...given('audience', jwt.audience),
        ...(jwt.algorithms.length > 0 && { algorithms: jwt.algorithms }),
        parameter: jwt.parameter,
        actions: jwt.actions,
        timeoutMs: jwt.timeoutMs,
      },
    }),
    ...(anyUrl && {
      callbacks: {
        form,
        ...given('connect', connect),
        ...given('publish', publish),
        ...given('play', play),
        ...given('ended', ended),
        ...given('recording', recording),
        ...given('secret', callbacks.secret),
        timeoutMs,
        retries,
        retryDelayMs,
        headers,
      },
    }),
  }
}
