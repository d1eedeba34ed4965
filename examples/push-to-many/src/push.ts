import { play, pushTo } from '@rtmp/client'

/** What became of each target: its address without the key, and how it ended. */
export type Outcome = Readonly<Record<string, string>>

/**
 * Passes a stream on until it ends or is aborted. A source that is lost is waited for; a target that is lost comes back
 * at a key frame, one that is slow has pictures left out, and neither is noticed by the others.
 */
export const pushToMany = async (
  source: string,
  targets: readonly string[],
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<Outcome> => {
  const many = pushTo(targets)
  many.on('log', ({ target, level, text }) => {
    if (level !== 'debug') say(`${target.url}: ${text}`)
  })
  const player = play(source, { signal, reconnect: { fromStart: true } })
  player.on('log', ({ level, text }) => {
    if (level !== 'debug') say(`${player.url}: ${text}`)
  })
  try {
    for await (const packet of player) await many.write(packet)
  } catch (error) {
    if (!signal.aborted) say(`The source has failed: ${String(error)}`)
  }
  await many.end()
  return Object.fromEntries(many.targets.map(({ url, state }) => [url, state]))
}
