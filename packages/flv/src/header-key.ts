import { isExtendedAudio, isExtendedVideo } from './predicates.ts'
import { type FlvTagInit, TagType } from './tag.ts'

/** Low four bits of an extended header's first byte that announce a track id (E-RTMP v2, Multitrack). */
const MULTITRACK: Readonly<Record<number, number>> = { [TagType.audio]: 5, [TagType.video]: 6 }

/** Headers with the same key replace each other: kind, packet type and first track, whatever the codec and the form. */
export const headerKey = ({ typeId, payload }: FlvTagInit): string => {
  const extended =
    (typeId === TagType.audio && isExtendedAudio(payload)) ||
    (typeId === TagType.video && isExtendedVideo(payload))
  const packetType = extended ? (payload[0] as number) & 15 : 0
  if (!extended || packetType !== MULTITRACK[typeId]) return `${typeId} ${packetType} 0`
  return `${typeId} ${(payload[1] ?? 0) & 15} ${payload[6] ?? 0}`
}
