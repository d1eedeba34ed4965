import { networkInterfaces } from 'node:os'

/** Says where to publish and where to play, for people. */
export const banner = (version: string, port: number, host: string | undefined): string => {
  const base = rtmpBase(host ?? 'localhost', port)
  const outside = host === undefined || host === '0.0.0.0' || host === '::' ? networkAddress() : undefined
  return [
    `rtmp-server ${version} is running.`,
    '',
    `  Publish to   ${base}/live/stream`,
    `  Play from    ${base}/live/stream`,
    ...(outside === undefined ? [] : [`  From other machines:  ${rtmpBase(outside, port)}/live/stream`]),
    '',
    `  OBS: Server ${base}/live, Stream Key stream. Any other app and name will do as well.`,
    '  Ctrl-C ends all streams and stops.',
    '',
  ].join('\n')
}

/** The same in one line, for a log. */
export const announcement = (port: number, host: string | undefined): string => {
  const base = rtmpBase(host ?? 'localhost', port)
  return `Listening for RTMP on port ${port}. Publish to ${base}/live/stream and play from the same address; any other app and name will do as well.`
}

const rtmpBase = (host: string, port: number): string => {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `rtmp://${name}${port === 1935 ? '' : `:${port}`}`
}

const networkAddress = (): string | undefined =>
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address
