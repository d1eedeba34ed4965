import { UsageError } from '@rtmp/bytes'
import type { ListenOptions } from '../node/listen.ts'
import type { AccessOptions } from '../node/access/access-options.ts'
import type { CertificateOptions } from '../node/tls/certificate.ts'
import type { TlsOptions } from '../node/tls/certificate-store.ts'
import type { ServerOptions } from '../node/server.ts'
import type { Configuration } from './configuration.ts'

/**
 * What a configuration means for `createServer`.
 *
 * @throws UsageError `CERTIFICATE_MISSING`
 */
export const serverOptionsOf = (configuration: Configuration): ServerOptions => {
  const { rtmp, http, streams, session, closing, drain, limits, enhanced, enhancedOutput, statsIntervalMs } =
    configuration
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
            origins: http.origins,
            adminFrom: http.adminFrom,
            metricsPerStream: http.metricsPerStream,
            ...given('token', http.token),
          },
    access: accessOptionsOf(configuration),
    streams,
    session: { chunkSize, windowAckSize, peerBandwidth, strict, deadlines, ping, limits: sessionLimits },
    relays: configuration.relays,
    closing,
    limits,
    enhanced,
    enhancedOutput,
    statsIntervalMs,
    drain: { deadlineMs: drain.deadlineMs, ...given('tcUrl', drain.tcUrl) },
  }
}

/** An option of that name, if there is something in it. */
const given = <Name extends string>(name: Name, value: string): { readonly [Key in Name]?: string } =>
  (value === '' ? {} : { [name]: value }) as { readonly [Key in Name]?: string }

const host = (name: string): { readonly host?: string } => given('host', name === '*' ? '' : name)

const listenersOf = ({ rtmps, listeners }: Configuration): ListenOptions[] => {
  const own: CertificateOptions = {
    ...given('cert', rtmps.cert),
    ...given('key', rtmps.key),
    ...given('pfx', rtmps.pfx),
    ...given('passphrase', rtmps.passphrase),
  }
  const hasOwn = own.pfx !== undefined || (own.cert !== undefined && own.key !== undefined)
  const tls: TlsOptions = {
    certificates: [...(hasOwn ? [own] : []), ...(rtmps.certificates as readonly CertificateOptions[])],
    minVersion: rtmps.minVersion,
    watch: rtmps.watch,
    handshakeMs: rtmps.handshakeMs,
  }
  const wantsTls = rtmps.port !== 'off' || listeners.some((one) => one.tls === true)
  if (wantsTls && tls.certificates.length === 0) {
    const message = 'RTMPS needs a certificate: give rtmps.cert and rtmps.key, or rtmps.pfx'
    throw new UsageError('CERTIFICATE_MISSING', message, 'rtmps.cert')
  }
  return [
    ...(rtmps.port === 'off'
      ? []
      : [{ port: rtmps.port, ...host(rtmps.host), proxyFrom: rtmps.proxyFrom, tls }]),
    ...listeners.map((one) => ({
      port: one.port,
      ...host(one.host ?? '*'),
      proxyFrom: one.proxyFrom ?? [],
      ...(one.tls === true ? { tls } : {}),
    })),
  ]
}

/** What a configuration means for the access kit. */
export const accessOptionsOf = ({ access }: Configuration): AccessOptions => {
  const { users, addresses, challenge, table, tokens, jwt, callbacks, recheckSeconds } = access
  const anyAddress = Object.values(addresses).some(({ allow, deny }) => allow.length + deny.length > 0)
  const anyUrl = [callbacks.connect, callbacks.publish, callbacks.play, callbacks.ended].some(Boolean)
  const { timeoutMs, retries, retryDelayMs, headers } = callbacks
  return {
    recheckSeconds,
    ...(anyAddress && { addresses }),
    ...(challenge.scheme !== 'off' && {
      challenge: { users, scheme: challenge.scheme, apps: challenge.apps },
    }),
    ...(table.rules.length > 0 && { table: { ...table, users } }),
    ...(tokens.secrets.length > 0 && { tokens }),
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
        ...given('connect', callbacks.connect),
        ...given('publish', callbacks.publish),
        ...given('play', callbacks.play),
        ...given('ended', callbacks.ended),
        ...given('secret', callbacks.secret),
        timeoutMs,
        retries,
        retryDelayMs,
        headers,
      },
    }),
  }
}
