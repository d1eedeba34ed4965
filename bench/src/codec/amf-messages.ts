/**
 * Messages as widespread software writes them, for benchmarks: the values, in the order of their properties. Names,
 * order and kinds follow each program's source or captures; addresses and keys are made up.
 */
export interface SampleMessage {
  readonly software: string
  /** The command or data name, then its arguments. */
  readonly values: readonly unknown[]
  /** Whether the last value goes out as an ECMA array. */
  readonly ecma: boolean
}

const connect = (software: string, properties: Record<string, unknown>): SampleMessage => ({
  software,
  values: ['connect', 1, properties],
  ecma: false,
})
const status = (
  software: string,
  name: string,
  transactionId: number,
  properties: Record<string, unknown>,
): SampleMessage => ({ software, values: [name, transactionId, null, properties], ecma: false })

/** connect commands. */
export const connects: readonly SampleMessage[] = [
  connect('OBS 30', {
    app: 'live',
    type: 'nonprivate',
    flashVer: 'FMLE/3.0 (compatible; FMSc/1.0)',
    swfUrl: 'rtmp://ingest.example.net/live',
    tcUrl: 'rtmp://ingest.example.net/live',
  }),
  connect('FFmpeg 6 publish', {
    app: 'live',
    type: 'nonprivate',
    flashVer: 'FMLE/3.0 (compatible; Lavf60.16.100)',
    tcUrl: 'rtmp://127.0.0.1:1935/live',
  }),
  connect('FFmpeg 6 play', {
    app: 'live',
    flashVer: 'LNX 9,0,124,2',
    tcUrl: 'rtmp://127.0.0.1:1935/live',
    fpad: false,
    capabilities: 15,
    audioCodecs: 4071,
    videoCodecs: 252,
    videoFunction: 1,
  }),
  connect('FFmpeg 8 publish', {
    app: 'app/instance',
    type: 'nonprivate',
    flashVer: 'FMLE/3.0 (compatible; Lavf62.3.100)',
    tcUrl: 'rtmp://media.example.org:1935/app/instance',
    fourCcList: ['hvc1', 'av01', 'vp09', 'avc1', 'ac-3', 'ec-3', 'Opus', 'fLaC', 'mp4a'],
  }),
  connect('librtmp play', {
    app: 'vod',
    flashVer: 'LNX 10,0,32,18',
    tcUrl: 'rtmp://203.0.113.7:1935/vod',
    fpad: false,
    capabilities: 15,
    audioCodecs: 3191,
    videoCodecs: 252,
    videoFunction: 1,
  }),
  connect('GStreamer rtmp2', {
    app: 'live',
    tcUrl: 'rtmp://198.51.100.20/live',
    type: 'nonprivate',
    flashVer: 'FMLE/3.0 (compatible; FMSc/1.0)',
  }),
  connect('Flash Player', {
    app: 'oflaDemo',
    flashVer: 'WIN 32,0,0,465',
    swfUrl: 'https://www.example.com/player.swf',
    tcUrl: 'rtmp://red5.example.com/oflaDemo',
    fpad: false,
    capabilities: 239,
    audioCodecs: 3575,
    videoCodecs: 252,
    videoFunction: 1,
    pageUrl: 'https://www.example.com/watch',
    objectEncoding: 3,
  }),
  connect('nginx-rtmp relay', {
    app: 'live',
    tcUrl: 'rtmp://10.0.0.5:1935/live',
    pageUrl: '',
    swfUrl: '',
    flashVer: 'LNX.11,1,102,55',
    audioCodecs: 3575,
    videoCodecs: 252,
  }),
  connect('SRS forward', {
    app: 'live',
    flashVer: 'WIN 15,0,0,239',
    swfUrl: '',
    tcUrl: 'rtmp://10.0.0.6:1935/live',
    fpad: false,
    capabilities: 239,
    audioCodecs: 3575,
    videoCodecs: 252,
    videoFunction: 1,
    pageUrl: '',
    objectEncoding: 0,
  }),
  connect('Larix', {
    app: 'app',
    type: 'nonprivate',
    flashVer: 'FMLE/3.0 (compatible; Larix/1.3)',
    tcUrl: 'rtmps://live-api.example.com:443/app',
    fpad: false,
    capabilities: 239,
    audioCodecs: 3191,
    videoCodecs: 252,
    videoFunction: 1,
    objectEncoding: 0,
  }),
  connect('Wirecast', {
    app: 'live2',
    swfUrl: 'rtmp://a.rtmp.example.com/live2',
    tcUrl: 'rtmp://a.rtmp.example.com/live2',
    type: 'nonprivate',
    flashVer: 'FMLE/3.0 (compatible; Wirecast)',
    capabilities: 239,
    videoFunction: 1,
    objectEncoding: 0,
  }),
  connect('E-RTMP v2 client', {
    app: 'live',
    type: 'nonprivate',
    flashVer: 'FMLE/3.0 (compatible; EnhancedRTMP)',
    tcUrl: 'rtmp://enhanced.example.net/live',
    objectEncoding: 0,
    capsEx: 15,
    fourCcList: ['av01', 'hvc1', 'vp09', 'Opus'],
    videoFourCcInfoMap: { av01: 7, hvc1: 7, '*': 4 },
    audioFourCcInfoMap: { Opus: 7, fLaC: 7, '*': 4 },
  }),
]

/** onStatus, and the answers to connect and createStream. */
export const statuses: readonly SampleMessage[] = [
  status('nginx-rtmp', 'onStatus', 0, {
    level: 'status',
    code: 'NetStream.Publish.Start',
    description: 'Start publishing',
  }),
  status('nginx-rtmp play', 'onStatus', 0, {
    level: 'status',
    code: 'NetStream.Play.Start',
    description: 'Start live',
  }),
  status('SRS publish', 'onStatus', 0, {
    level: 'status',
    code: 'NetStream.Publish.Start',
    description: 'Started publishing stream.',
    clientid: 'ASAICiss',
  }),
  status('SRS reset', 'onStatus', 0, {
    level: 'status',
    code: 'NetStream.Play.Reset',
    description: 'Playing and resetting stream.',
    details: 'stream',
    clientid: 'ASAICiss',
  }),
  status('SRS play', 'onStatus', 0, {
    level: 'status',
    code: 'NetStream.Play.Start',
    description: 'Started playing stream.',
    details: 'stream',
    clientid: 'ASAICiss',
  }),
  status('Adobe bad name', 'onStatus', 0, {
    level: 'error',
    code: 'NetStream.Publish.BadName',
    description: 'livestream is already being published',
    details: 'livestream',
    clientid: 'IASAAAAA',
  }),
  status('MediaMTX', 'onStatus', 5, {
    level: 'status',
    code: 'NetStream.Publish.Start',
    description: 'publish start',
  }),
  status('node-media-server', 'onStatus', 0, {
    level: 'status',
    code: 'NetStream.Publish.Start',
    description: '/live/stream is now published.',
  }),
  status('Wowza', 'onStatus', 0, {
    level: 'status',
    code: 'NetStream.Play.Reset',
    description: 'Playing and resetting myStream.',
    clientid: 1640194,
  }),
  status('Twitch unpublish', 'onStatus', 0, {
    level: 'status',
    code: 'NetStream.Unpublish.Success',
    description: 'Stream unpublished.',
  }),
  status('Red5', 'onStatus', 1, {
    clientid: 1,
    code: 'NetStream.Publish.Start',
    description: '',
    details: 'stream',
    level: 'status',
  }),
  status('not found', 'onStatus', 0, {
    level: 'error',
    code: 'NetStream.Play.StreamNotFound',
    description: 'No such stream',
    details: 'camera-12',
  }),
]
