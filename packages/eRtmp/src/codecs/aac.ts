import { SoundFormat } from '@rtmp/flv'
import { aacCodecString, aacObjectTypeName, decodeAacConfig } from '@rtmp/flv/codec'
import type { AudioCodec, CodecFacts, FactsReader } from './codec.ts'

/** AAC; its AudioSpecificConfig is in `@rtmp/flv/codec`, as FLV has had it from the start. */
export const aac: AudioCodec<'aac', 'mp4a'> = {
  name: 'aac',
  title: 'AAC',
  fourCc: 'mp4a',
  legacyId: SoundFormat.aac,
}

const readRecord = (record: Uint8Array): CodecFacts => {
  const config = decodeAacConfig(record)
  const { sampleRate, objectType, channels, extension } = config
  return {
    codec: 'aac',
    codecString: aacCodecString(config),
    profile: aacObjectTypeName(objectType),
    sampleRate: extension?.sampleRate ?? sampleRate,
    ...(channels === undefined ? {} : { channels: extension?.ps === true ? channels * 2 : channels }),
  }
}

/** Facts of AAC. */
export const aacFacts: FactsReader = { record: readRecord }
