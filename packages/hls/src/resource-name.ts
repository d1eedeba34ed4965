import type { MediaKind } from '@rtmp/e-rtmp'

/** What a name in a playlist stands for. */
export type Resource =
  | { readonly kind: 'multivariant' }
  | { readonly kind: 'playlist'; readonly rendition: string }
  | { readonly kind: 'init'; readonly rendition: string; readonly index: number }
  | { readonly kind: 'segment'; readonly rendition: string; readonly sequence: number }
  | { readonly kind: 'part'; readonly rendition: string; readonly sequence: number; readonly part: number }

/** The multivariant playlist's name. */
export const MULTIVARIANT_NAME = 'index.m3u8'

/** The rendition of a track: `v0`, `a1`. */
export const renditionName = (kind: MediaKind, trackId: number): string =>
  `${kind === 'video' ? 'v' : 'a'}${trackId}`

export const playlistName = (rendition: string): string => `${rendition}.m3u8`
export const initName = (rendition: string, index: number): string => `${rendition}-${index}.mp4`
export const segmentName = (rendition: string, sequence: number): string => `${rendition}-${sequence}.m4s`
export const partName = (rendition: string, sequence: number, part: number): string =>
  `${rendition}-${sequence}.${part}.m4s`

/** No number in a name is longer, so that none is read inexactly. */
const NAME = /^([va]\d{1,3})(?:\.(m3u8)|-(\d{1,12})(?:\.(mp4)|(?:\.(\d{1,9}))?\.m4s))$/

/** What a name stands for; `undefined` for one that no playlist has. Whether it is there is another question. */
export const parseResourceName = (name: string): Resource | undefined => {
  if (name === MULTIVARIANT_NAME) return { kind: 'multivariant' }
  const match = NAME.exec(name)
  if (match === null) return undefined
  const [, rendition = '', playlist, number, init, part] = match
  if (playlist !== undefined) return { kind: 'playlist', rendition }
  const sequence = Number(number)
  if (init !== undefined) return { kind: 'init', rendition, index: sequence }
  return part === undefined
    ? { kind: 'segment', rendition, sequence }
    : { kind: 'part', rendition, sequence, part: Number(part) }
}
