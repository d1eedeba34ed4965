import { decodeVideoMetadata, type MediaFrame } from '@rtmp/e-rtmp'
import { renditionName } from './resource-name.ts'
import { sameBytes } from './same-bytes.ts'

/** How light is coded, as VIDEO-RANGE says it (RFC 8216bis §4.4.6.2). */
export type VideoRange = 'SDR' | 'HLG' | 'PQ'

/** By the transfer characteristics of ITU-T H.273. */
const PQ = 16
const HLG = 18

/** The last headers of a stream's tracks, by which it is seen whether a new one says something new. */
export class TrackHeaders {
  readonly #codecs = new Map<string, string>()
  readonly #payloads = new Map<string, Uint8Array>()
  readonly #ranges = new Map<string, VideoRange>()

  /** As far as colour of E-RTMP says it. */
  rangeOf(rendition: string): VideoRange | undefined {
    return this.#ranges.get(rendition)
  }

  /** The track that a header is about. FFmpeg sends colour of further tracks without a track id: their codec tells. */
  trackOf(frame: MediaFrame): number | undefined {
    const { codec, kind, trackId, type } = frame
    if (type !== 'metadata') return trackId
    const named = this.#codecs.get(renditionName(kind, trackId))
    if (named === undefined || named === codec) return trackId
    const same = [...this.#codecs].filter(([name, other]) => other === codec && name.startsWith('v'))
    return same.length === 1 ? Number(same[0]?.[0].slice(1)) : undefined
  }

  /** Takes in a sequence header or colour. False when it says what was said before. */
  add(rendition: string, frame: MediaFrame): boolean {
    const { type, codec, payload } = frame
    const key = `${rendition} ${type === 'metadata' ? type : 'header'}`
    const known = this.#payloads.get(key)
    if (known !== undefined && sameBytes(known, payload)) return false
    this.#payloads.set(key, payload.slice())
    if (type !== 'metadata') this.#codecs.set(rendition, codec)
    else {
      const range = videoRangeOf(frame)
      if (range === undefined) this.#ranges.delete(rendition)
      else this.#ranges.set(rendition, range)
    }
    return true
  }
}

const videoRangeOf = (frame: MediaFrame): VideoRange | undefined => {
  try {
    const transfer = decodeVideoMetadata(frame.payload).colorInfo?.colorConfig?.transferCharacteristics
    if (transfer === undefined) return undefined
    return transfer === PQ ? 'PQ' : transfer === HLG ? 'HLG' : 'SDR'
  } catch {
    return undefined
  }
}
