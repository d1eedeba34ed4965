/** Where OBS publishes, and whom it asks what to send. */
export interface ObsPlace {
  /** The app's address: `rtmp://host/live`. */
  readonly server: string
  /** The stream key: the stream's name, with its query if it has one. */
  readonly key: string
  /** `http://host:8000/_/obs/multitrack?app=live`. */
  readonly configurationUrl: string
}

/** The file `service.json` of a profile of OBS: a service that OBS does not know keeps what stands here. */
export const obsService = ({ server, key, configurationUrl }: ObsPlace): object => ({
  type: 'rtmp_common',
  settings: {
    service: 'RTMP for TypeScript',
    protocol: 'RTMP',
    server,
    key,
    multitrack_video_name: 'Enhanced Broadcasting',
    multitrack_video_configuration_url: configurationUrl,
  },
})

/** A computer as OBS would tell of it, for a configuration that nobody has asked for. */
export interface AssumedComputer {
  readonly width: number
  readonly height: number
  readonly fps: number
  /** Who made its GPU; `'none'` for a computer that encodes with x264. */
  readonly gpu: 'nvidia' | 'amd' | 'intel' | 'none'
}

/** PCI vendor ids. */
const VENDORS = { nvidia: 0x10de, amd: 0x1002, intel: 0x8086 } as const

/** What OBS would ask: with every codec, on Windows, where each GPU has its encoders. */
export const assumedQuestion = (
  key: string,
  { width, height, fps, gpu }: AssumedComputer,
): Readonly<Record<string, unknown>> => ({
  authentication: key,
  client: { name: 'obs-studio', supported_codecs: ['h264', 'h265', 'av1'] },
  capabilities: {
    cpu: { logical_cores: 12, physical_cores: 12 },
    gpu: gpu === 'none' ? [] : [{ vendor_id: VENDORS[gpu] }],
    system: { name: 'Windows' },
  },
  preferences: { canvases: [{ width, height, framerate: { numerator: fps, denominator: 1 } }] },
})
