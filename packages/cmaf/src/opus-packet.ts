/**
 * The first byte of an Opus packet (RFC 6716 §3.1): config 5 bits, stereo 1, code 2; with code 3 a byte follows whose
 * lower six bits count the frames.
 */
const SILK = [10, 20, 40, 60] as const
const HYBRID = [10, 20] as const
const CELT = [2.5, 5, 10, 20] as const

/** How long an Opus packet lasts in milliseconds, 2.5 to 120; `undefined` for one without a byte, or of another length. */
export const opusPacketDuration = (packet: Uint8Array): number | undefined => {
  const first = packet[0]
  if (first === undefined) return undefined
  const config = first >> 3
  const frame = config < 12 ? SILK[config & 3] : config < 16 ? HYBRID[config & 1] : CELT[config & 3]
  const code = first & 3
  const frames = code === 0 ? 1 : code === 3 ? (packet[1] ?? 0) & 63 : 2
  const duration = (frame ?? 0) * frames
  return duration > 0 && duration <= 120 ? duration : undefined
}
