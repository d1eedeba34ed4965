import { networkInterfaces } from 'node:os'

/** Where a server listens. Hosts are `undefined` for every address. */
export interface Listening {
  readonly host: string | undefined
  readonly rtmpsHost?: string | undefined
  readonly httpHost?: string | undefined
  readonly rtmp: number | undefined
  readonly rtmps: number | undefined
  readonly http: number | undefined
  /** Whether there are pages. Default true. */
  readonly pages?: boolean | undefined
  /** The token of this start for administration, if one was made. */
  readonly token?: string | undefined
}

/** Says where to publish and where to play, for people. */
export const banner = (version: string, where: Listening): string => {
  const { rtmp, rtmps, http, token } = where
  const base = baseOf(where)
  const outside = isEverywhere(hostOf(where)) ? networkAddress() : undefined
  const rows: [string, string][] = [
    ['Publish to', `${base}/live/stream`],
    ['Play from', `${base}/live/stream`],
  ]
  if (outside !== undefined) rows.push(['From other machines', `${baseOf(where, outside)}/live/stream`])
  if (rtmp !== undefined && rtmps !== undefined)
    rows.push(['Encrypted', `${baseOf({ ...where, rtmp: undefined })}/live/stream`])
  if (http !== undefined && where.pages !== false) {
    rows.push(
      ['Watch at', `${httpOf(where)}/live/stream`],
      ['Publish from a browser', `${httpOf(where)}/_/go-live`],
    )
    if (token !== undefined) rows.push(['Console', `${httpOf(where)}/_/console/#token=${token}`])
  }
  if (http !== undefined) rows.push(['Health, metrics, API', `${httpOf(where)}/`])
  const width = Math.max(...rows.map(([what]) => what.length))
  return [
    `rtmp-server ${version} is running.`,
    '',
    ...rows.map(([what, url]) => `  ${what.padEnd(width)}   ${url}`),
    ...(http === undefined || token === undefined
      ? []
      : [
          '',
          '  Metrics and administration need a token. This one holds until the server stops; http.token sets one that stays.',
          `  curl -H "Authorization: Bearer ${token}" ${httpOf(where)}/_/api/server`,
        ]),
    '',
    `  OBS: Server ${base}/live, Stream Key stream. Any other app and name will do as well.`,
    '  Ctrl-C ends all streams and stops.',
    '',
  ].join('\n')
}

/** The same in one line, for a log. */
export const announcement = (where: Listening): string => {
  const base = baseOf(where)
  const [protocol, port] = where.rtmp === undefined ? ['RTMPS', where.rtmps] : ['RTMP', where.rtmp]
  return `Listening for ${protocol} on port ${port}. Publish to ${base}/live/stream and play from the same address; any other app and name will do as well.`
}

const httpOf = ({ http, httpHost }: Listening): string => `http://${nameOf(httpHost)}:${http}`

/** Whether a port listens on all addresses. */
export const isEverywhere = (host: string | undefined): boolean =>
  host === undefined || host === '' || host === '0.0.0.0' || host === '::'

const nameOf = (host: string | undefined): string =>
  host === undefined || isEverywhere(host) ? 'localhost' : hostInUrl(host)

/** As a host stands in a URL. */
export const hostInUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host)

/** Of the port that URLs are made of: RTMP, or RTMPS where there is no other. */
const hostOf = ({ rtmp, host, rtmpsHost }: Listening): string | undefined =>
  rtmp === undefined ? rtmpsHost : host

const baseOf = (where: Listening, host: string | undefined = hostOf(where)): string => {
  const { rtmp, rtmps } = where
  const [scheme, port, usual] = rtmp === undefined ? ['rtmps', rtmps, 443] : ['rtmp', rtmp, 1935]
  return `${scheme}://${nameOf(host)}${port === usual || port === undefined ? '' : `:${port}`}`
}

/** An address by which other machines may reach this one. */
export const networkAddress = (): string | undefined =>
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address
