import type { MediaFrame } from '@rtmp/e-rtmp'
import {
  codecFacts,
  decodeAc3Frame,
  decodeFlacStreamInfo,
  decodeMp3Frame,
  decodeOpusHead,
} from '@rtmp/e-rtmp/records'
import { decodeAacConfig } from '@rtmp/flv/codec'
import { dac3, dec3 } from './ac3-entry.ts'
import { type AudioEntryInit, audioEntry, dfLa, dOps, esds, ObjectType } from './audio-entry.ts'
import { cmafError } from './errors.ts'
import type { TrackConfig } from './track-config.ts'

const NOTHING = new Uint8Array(0)

/** The configuration of a sound track by its sequence header: AAC, Opus, FLAC. */
export const describeSoundRecord = (header: MediaFrame): TrackConfig => {
  const { codec, payload } = header
  const { sampleRate = 0, channels = 0, codecString = '' } = codecFacts(header) ?? {}
  switch (codec) {
    case 'opus':
      return sound(codec, 'Opus', undefined, {
        type: 'Opus',
        sampleRate,
        channels,
        configuration: dOps(decodeOpusHead(payload)),
      })
    case 'flac': {
      const info = decodeFlacStreamInfo(payload)
      const { minBlockSize, maxBlockSize, bitsPerSample: bitDepth } = info
      const frameDuration = minBlockSize === maxBlockSize ? (maxBlockSize * 1000) / sampleRate : undefined
      return sound(codec, 'fLaC', frameDuration, {
        type: 'fLaC',
        sampleRate,
        channels,
        bitDepth,
        configuration: dfLa(info),
      })
    }
    default: {
      const config = decodeAacConfig(payload)
      const frameDuration = ((config.frameLength ?? 1024) * 1000) / config.sampleRate
      return sound(codec, codecString, frameDuration, {
        type: 'mp4a',
        sampleRate,
        // Reserved channel configurations: decoders go by the AudioSpecificConfig.
        channels: channels === 0 ? 2 : channels,
        configuration: esds(ObjectType.mpeg4Audio, payload),
      })
    }
  }
}

/** The configuration of a sound track by a frame: MP3, AC-3, E-AC-3. The frame, not its FourCC, says which it is. */
export const describeSoundFrame = ({ codec, payload }: MediaFrame): TrackConfig => {
  if (codec === 'mp3') {
    const { sampleRate, channels, samples } = decodeMp3Frame(payload)
    const objectType = sampleRate >= 32_000 ? ObjectType.mpeg1Audio : ObjectType.mpeg2Audio
    const codecString = `mp4a.${objectType.toString(16).toUpperCase()}`
    const configuration = esds(objectType, NOTHING)
    return sound(codec, codecString, (samples * 1000) / sampleRate, {
      type: 'mp4a',
      sampleRate,
      channels,
      configuration,
    })
  }
  const { codec: found, sampleRate, channels, samples } = decodeAc3Frame(payload)
  const seconds = samples / sampleRate
  const type = found === 'ac3' ? 'ac-3' : 'ec-3'
  const configuration = found === 'ac3' ? dac3(payload) : dec3(payload, seconds)
  return sound(found, type, seconds * 1000, { type, sampleRate, channels, configuration })
}

/** What is the same for all frames that one configuration describes; the bit rate is not. */
export const soundIdentity = ({ codec, payload }: MediaFrame): string => {
  const info = codec === 'mp3' ? decodeMp3Frame(payload) : decodeAc3Frame(payload)
  return `${info.codec} ${info.sampleRate} ${info.channels}`
}

const sound = (
  codec: string,
  codecString: string,
  frameDuration: number | undefined,
  entry: AudioEntryInit,
): TrackConfig => {
  if (!(entry.sampleRate > 0)) throw cmafError('CMAF_HEADER', `a header of ${codec} without a sample rate`)
  return {
    kind: 'audio',
    codec,
    codecString,
    sampleEntry: audioEntry(entry),
    width: 0,
    height: 0,
    sampleRate: entry.sampleRate,
    channels: entry.channels,
    ...(frameDuration === undefined || frameDuration <= 0 ? {} : { frameDuration }),
  }
}
