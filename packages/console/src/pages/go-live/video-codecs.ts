import { encodeVpConfig } from '@rtmp/e-rtmp/records'

/** A codec that pictures can be encoded in here. */
export interface VideoCodec {
  /** The name of `@rtmp/e-rtmp`. */
  readonly name: 'h264' | 'vp9' | 'av1'
  readonly title: string
  readonly config: VideoEncoderConfig
}

/** What is wanted of the picture. */
export interface PictureWish {
  readonly width: number
  readonly height: number
  readonly bitrate: number
  readonly framerate: number
}

const CANDIDATES = [
  { name: 'h264', title: 'H.264', codec: 'avc1.42e01f', more: { avc: { format: 'avc' } } },
  { name: 'h264', title: 'H.264', codec: 'avc1.42e034', more: { avc: { format: 'avc' } } },
  { name: 'vp9', title: 'VP9', codec: 'vp09.00.31.08', more: {} },
  { name: 'av1', title: 'AV1', codec: 'av01.0.08M.08', more: {} },
] as const

/** The codecs that this browser encodes, each once. */
export const videoCodecs = async (wish: PictureWish): Promise<VideoCodec[]> => {
  const found: VideoCodec[] = []
  for (const { name, title, codec, more } of CANDIDATES) {
    const config: VideoEncoderConfig = { codec, ...wish, ...more, latencyMode: 'realtime' }
    if (found.some((known) => known.name === name)) continue
    const { supported } = await VideoEncoder.isConfigSupported(config).catch(() => ({ supported: false }))
    if (supported === true) found.push({ name, title, config })
  }
  return found
}

/** VP9's record, which encoders do not give: eight bits, 4:2:0. */
export const VP9_RECORD: Uint8Array = encodeVpConfig({
  profile: 0,
  level: 31,
  bitDepth: 8,
  chromaSubsampling: 1,
  fullRange: false,
  colorPrimaries: 2,
  transferCharacteristics: 2,
  matrixCoefficients: 2,
  initializationData: new Uint8Array(0),
})
