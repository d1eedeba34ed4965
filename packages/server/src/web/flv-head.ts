import { isDecodeError } from '@rtmp/bytes'
import type { MediaMessage } from '@rtmp/e-rtmp'
import { encodeFlvHeader } from '@rtmp/flv'
import type { LiveStream } from '@rtmp/live/engine'

/** How long a publisher's word on its media counts that has not come, in milliseconds. */
const BELIEVED_MS = 5000

/** What an FLV file says of a stream: whether it has sound and pictures. Players wait for what is announced. */
export const flvHead = (
  stream: LiveStream | undefined,
  wants: { readonly audio: boolean; readonly video: boolean },
  now: number,
): Uint8Array => {
  const { audio, video } = mediaOf(stream, now)
  const isUnknown = !audio && !video
  return encodeFlvHeader({
    hasAudio: wants.audio && (audio || isUnknown),
    hasVideo: wants.video && (video || isUnknown),
  })
}

/** What has come of a stream, and what its metadata says will come. */
const mediaOf = (
  stream: LiveStream | undefined,
  now: number,
): { readonly audio: boolean; readonly video: boolean } => {
  if (stream === undefined) return { audio: false, video: false }
  const { publication, cache } = stream
  let audio = (publication?.counters.audioMessages ?? 0) > 0
  let video = (publication?.counters.videoMessages ?? 0) > 0
  const isNew = publication !== undefined && now - publication.startedAt < BELIEVED_MS
  for (const message of cache.headers) {
    audio ||= message.isAudio
    video ||= message.isVideo
    if (!isNew || message.isAudio || message.isVideo) continue
    const said = codecsSaid(message)
    audio ||= said.has('audiocodecid')
    video ||= said.has('videocodecid')
  }
  for (const message of cache.group) {
    audio ||= message.isAudio
    video ||= message.isVideo
  }
  return { audio, video }
}

/** What metadata has fields for. */
const codecsSaid = (message: MediaMessage): ReadonlySet<string> => {
  try {
    return new Set(
      message.values.flatMap((value) =>
        typeof value === 'object' && value !== null ? Object.keys(value) : [],
      ),
    )
  } catch (error) {
    if (isDecodeError(error)) return new Set()
    throw error
  }
}
