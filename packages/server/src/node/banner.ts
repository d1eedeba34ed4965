import { networkInterfaces } from 'node:os'

/** Where a server listens. */
export interface Listening {
  /** `undefined` for every address. */
  readonly host: string | undefined
  readonly rtmp: number | undefined
  readonly rtmps: number | undefined
  readonly http: number | undefined
}

/** Says where to publish and where to play, for people. */
export const banner = (version: string, where: Listening): string => {
  const { host } = where
  const base = baseOf(where, host ?? 'localhost')
  const outside = host === undefined || host === '0.0.0.0' || host === '::' ? networkAddress() : undefined
  return [
    `rtmp-server ${version} is running.`,
    '',
    `  Publish to   ${base}/live/stream`,
    `  Play from    ${base}/live/stream`,
    ...(outside === undefined ? [] : [`  From other machines:  ${baseOf(where, outside)}/live/stream`]),
    ...(where.rtmp !== undefined && where.rtmps !== undefined
      ? [`  Encrypted:   ${baseOf({ ...where, rtmp: undefined }, host ?? 'localhost')}/live/stream`]
      : []),
    ...(where.http === undefined
      ? []
      : [`  Health, metrics, API:  http://${nameOf(host ?? 'localhost')}:${where.http}/`]),
    '',
    `  OBS: Server ${base}/live, Stream Key stream. Any other app and name will do as well.`,
    '  Ctrl-C ends all streams and stops.',
    '',
  ].join('\n')
}

/** The same in one line, for a log. */
export const announcement = (where: Listening): string => {
  const base = baseOf(where, where.host ?? 'localhost')
  const [protocol, port] = where.rtmp === undefined ? ['RTMPS', where.rtmps] : ['RTMP', where.rtmp]
  return `Listening for ${protocol} on port ${port}. Publish to ${base}/live/stream and play from the same address; any other app and name will do as well.`
}

const nameOf = (host: string): string =>
  host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host

const baseOf = ({ rtmp, rtmps }: Listening, host: string): string => {
  const [scheme, port, usual] = rtmp === undefined ? ['rtmps', rtmps, 443] : ['rtmp', rtmp, 1935]
  return `${scheme}://${nameOf(host)}${port === usual || port === undefined ? '' : `:${port}`}`
}

const networkAddress = (): string | undefined =>
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address
