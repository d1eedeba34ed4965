import type { RenditionFacts } from './rendition-facts.ts'
import { playlistName } from './resource-name.ts'

const AUDIO_GROUP = 'audio'

/**
 * A multivariant playlist (RFC 8216bis §4.4.6): a variant for each video track, or without video for the first audio track,
 * and all audio tracks as one group, since each of them is another sound. The one that is the variant has no URI in the group
 * (§4.4.6.2.1): with one, FFmpeg 5 reads it twice.
 *
 * @param renditions - Those that have begun, in order of their tracks.
 * @param base - What goes before the names of media playlists: empty, or a path that ends with `/`.
 */
export const multivariantPlaylist = (renditions: readonly RenditionFacts[], base: string): string => {
  const video = renditions.filter(({ config }) => config.kind === 'video')
  const audio = renditions.filter(({ config }) => config.kind === 'audio')
  const lines = ['#EXTM3U', '#EXT-X-VERSION:6']
  const names = distinctNames(audio)
  const variants = video.length > 0 ? video : audio.slice(0, 1)
  audio.forEach((rendition, i) => {
    const uri = variants.includes(rendition) ? undefined : `${base}${playlistName(rendition.rendition)}`
    lines.push(mediaLine(rendition, names[i] as string, i === 0, uri))
  })
  for (const variant of variants) {
    lines.push(streamLine(variant, audio), `${base}${playlistName(variant.rendition)}`)
  }
  return [...lines, ''].join('\n')
}

/** The same, with where players should begin (RFC 8216bis §4.4.2.2). @param start - In seconds, below 0 from the end. */
export const startingAt = (playlist: string, start: number | undefined): string =>
  start === undefined
    ? playlist
    : playlist.replace(
        /^#EXT-X-VERSION:.*$/m,
        (line) => `${line}\n#EXT-X-START:TIME-OFFSET=${start.toFixed(3)}`,
      )

/** All members of a group have names that differ. */
const distinctNames = (audio: readonly RenditionFacts[]): string[] => {
  const taken = new Set<string>()
  return audio.map(({ name, trackId }) => {
    const own = name ?? `Audio ${trackId + 1}`
    let distinct = own
    while (taken.has(distinct)) distinct += ` (${trackId})`
    taken.add(distinct)
    return distinct
  })
}

const mediaLine = (
  rendition: RenditionFacts,
  name: string,
  isFirst: boolean,
  uri: string | undefined,
): string => {
  const { config, language } = rendition
  const attributes = ['TYPE=AUDIO', `GROUP-ID="${AUDIO_GROUP}"`, `NAME="${name}"`]
  if (language !== undefined) attributes.push(`LANGUAGE="${language}"`)
  attributes.push(`DEFAULT=${isFirst ? 'YES' : 'NO'}`, 'AUTOSELECT=YES')
  if (config.channels > 0) attributes.push(`CHANNELS="${config.channels}"`)
  if (uri !== undefined) attributes.push(`URI="${uri}"`)
  return `#EXT-X-MEDIA:${attributes.join(',')}`
}

const streamLine = (variant: RenditionFacts, audio: readonly RenditionFacts[]): string => {
  const { config, frameRate, videoRange, name } = variant
  const isVideo = config.kind === 'video'
  const beside = isVideo ? audio : audio.filter((other) => other !== variant)
  // The dearest combination that can be played: this one with one of the audio tracks.
  const dearest = (rate: 'peak' | 'average'): number =>
    isVideo
      ? variant[rate] + Math.max(0, ...beside.map((other) => other[rate]))
      : Math.max(...audio.map((other) => other[rate]))
  const codecs = [
    ...new Set([config, ...beside.map((other) => other.config)].map(({ codecString }) => codecString)),
  ]
  const attributes = [
    `BANDWIDTH=${Math.max(1, dearest('peak'))}`,
    `AVERAGE-BANDWIDTH=${Math.max(1, dearest('average'))}`,
    `CODECS="${codecs.join(',')}"`,
  ]
  if (isVideo) {
    attributes.push(`RESOLUTION=${config.width}x${config.height}`)
    if (frameRate !== undefined) attributes.push(`FRAME-RATE=${frameRate.toFixed(3)}`)
    if (videoRange !== undefined) attributes.push(`VIDEO-RANGE=${videoRange}`)
  }
  if (audio.length > 0) attributes.push(`AUDIO="${AUDIO_GROUP}"`)
  if (name !== undefined && isVideo) attributes.push(`NAME="${name}"`)
  return `#EXT-X-STREAM-INF:${attributes.join(',')}`
}
