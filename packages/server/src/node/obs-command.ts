import { cutStream } from '@rtmp/message'
import { type Command, Option } from 'commander'
import type { Configuration } from '../config/configuration.ts'
import { DEFAULT_KEY_FRAME_SECONDS } from '../contract/ladders.ts'
import { matchesPattern } from '../names/pattern.ts'
import { ladderFor } from '../obs/ladder.ts'
import { multitrackAnswer } from '../obs/multitrack-answer.ts'
import { readMultitrackRequest } from '../obs/multitrack-request.ts'
import { assumedQuestion, obsService, type ObsPlace } from '../obs/obs-settings.ts'
import { hostInUrl, isEverywhere, networkAddress } from './banner.ts'
import { readConfiguration } from './configured.ts'
import { Mistake } from './mistake.ts'

/** What was asked for on the command line. */
export interface ObsFlags {
  readonly stream: string
  readonly host?: string
  readonly form: 'text' | 'service' | 'json'
  readonly canvas: string
  readonly fps: string
  readonly gpu: 'nvidia' | 'amd' | 'intel' | 'none'
  readonly config?: string
}

/** Adds `obs-config`, which prints what OBS has to be told to ask this server what to send. */
export const addObsCommand = (program: Command): void => {
  program
    .command('obs-config')
    .description('Prints the settings with which OBS sends several renditions (Enhanced Broadcasting).')
    .requiredOption('--stream <path>', 'app and stream key, such as live/show; the key may have a query')
    .option('--host <name>', 'by which OBS reaches this server; by default an address of this machine')
    .addOption(
      new Option('--form <what>', 'all of it in words, service.json, or the JSON for "Config Override"')
        .choices(['text', 'service', 'json'])
        .default('text'),
    )
    .option('--canvas <size>', 'of the JSON for "Config Override": the canvas of OBS', '1920x1080')
    .option('--fps <rate>', '... its frames a second', '30')
    .addOption(
      new Option('--gpu <maker>', '... whose GPU encodes')
        .choices(['nvidia', 'amd', 'intel', 'none'])
        .default('none'),
    )
    .option('--config <file>', 'configuration of the server (RTMP_CONFIG)')
    .allowExcessArguments(false)
    .action(async (flags: ObsFlags) => {
      const configuration = await readConfiguration(
        flags.config ?? process.env['RTMP_CONFIG'],
        process.env,
        {},
      )
      process.stdout.write(`${obsText(flags, configuration)}\n`)
    })
}

/** What the command prints. @throws Mistake */
export const obsText = (flags: ObsFlags, configuration: Configuration): string => {
  const { form } = flags
  const place = placeOf(flags, configuration)
  if (form === 'json') return json(overrideOf(flags, configuration, place))
  if (configuration.http.port === 'off')
    throw new Mistake(
      'OBS asks over HTTP, which is off here (http.port); --form json prints what it would be told.',
    )
  return form === 'service' ? json(obsService(place)) : words(flags, place)
}

const json = (value: object): string => JSON.stringify(value, undefined, 2)

const words = ({ stream, host }: ObsFlags, place: ObsPlace): string =>
  [
    'OBS Studio 30.2 or later sends the renditions that this server asks for:',
    '',
    '1. Close OBS, and make a profile for this server (Profile > New) if others are in use.',
    "2. Put this into the profile's folder as service.json (File > Show Profile Folder):",
    '',
    json(obsService(place)).replaceAll(/^/gm, '   '),
    '',
    '3. Put this line into basic.ini beside it, under [Stream1]:',
    '',
    '   EnableMultitrackVideo=true',
    '',
    '4. Start OBS: Settings > Stream shows Enhanced Broadcasting. Start Streaming asks and sends.',
    '',
    'A service of the type "Custom..." asks nobody. It takes the answer as it is, as "Config Override":',
    '',
    `   rtmp-server obs-config --stream '${stream}'${host === undefined ? '' : ` --host ${host}`} --form json --canvas 1920x1080 --gpu nvidia`,
    '',
    `   Server      ${place.server}`,
    `   Stream Key  ${place.key}`,
  ].join('\n')

const RTMP_PORT = 1935
const RTMPS_PORT = 443

const placeOf = ({ stream, host }: ObsFlags, { rtmp, rtmps, http, obs }: Configuration): ObsPlace => {
  const at = stream.indexOf('?')
  const cut = cutStream('', at < 0 ? stream : stream.slice(0, at))
  if (cut === undefined || cut.streamName === '' || cut.queries.length > 0)
    throw new Mistake(`'${stream}' is no stream; write its app and key, such as live/show.`)
  const { app, streamName } = cut
  const query = at < 0 ? '' : stream.slice(at)
  const named = host ?? (isEverywhere(rtmp.host) ? (networkAddress() ?? 'localhost') : rtmp.host)
  const name = hostInUrl(named)
  const [scheme, port, usual] =
    rtmp.port === 'off' ? ['rtmps', rtmps.port, RTMPS_PORT] : ['rtmp', rtmp.port, RTMP_PORT]
  const [given] = obs.ingest
  const base = given?.replace(/\/+$/, '') ?? `${scheme}://${name}${port === usual ? '' : `:${port}`}`
  return {
    server: `${base}/${app}`,
    key: `${streamName}${query}`,
    configurationUrl: `http://${name}:${http.port}/_/obs/multitrack?app=${encodeURIComponent(app)}`,
  }
}

/** What OBS would be told, were it asked by a computer as the flags say. */
const overrideOf = (
  { canvas, fps, gpu }: ObsFlags,
  { ladders }: Configuration,
  { server, key }: ObsPlace,
): object => {
  const [, width, height] = /^(\d+)x(\d+)$/.exec(canvas) ?? []
  const read = readMultitrackRequest(
    assumedQuestion(key, { width: Number(width), height: Number(height), fps: Number(fps), gpu }),
  )
  if ('fault' in read)
    throw new Mistake(`'${canvas}' at '${fps}' is no canvas; write it as 1920x1080 and 30.`)
  const path = `${server.slice(server.indexOf('/', server.indexOf('//') + 2) + 1)}/${key.split('?')[0] ?? ''}`
  const rule = ladders.find(({ stream = '*' }) => matchesPattern(stream, path))
  const protocol = server.startsWith('rtmps:') ? 'RTMPS' : 'RTMP'
  return multitrackAnswer(
    read.request,
    ladderFor(read.request, rule),
    [{ protocol, urlTemplate: `${server}/{stream_key}` }],
    {
      configId: 'rtmp-server',
      keyFrameSeconds: rule?.keyFrameSeconds ?? DEFAULT_KEY_FRAME_SECONDS,
    },
  )
}
