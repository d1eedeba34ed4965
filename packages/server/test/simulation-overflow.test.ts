import { expect, test } from 'vitest'
import type { LinkProfile } from '../simulation/link.ts'
import type { MediaStyle } from '../simulation/media-source.ts'
import { Player } from '../simulation/player.ts'
import { Publisher } from '../simulation/publisher.ts'
import { World } from '../simulation/world.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

const LINK: LinkProfile = {
  delay: [5, 15],
  rate: Number.POSITIVE_INFINITY,
  capacity: Number.POSITIVE_INFINITY,
  cuts: 0,
  scribbles: false,
}

const STYLE: MediaStyle = {
  start: 0,
  intervalMs: 20_000,
  hurryAtMs: undefined,
  hurryForMs: 0,
  video: true,
  audio: true,
  tracks: 1,
  gop: 4,
  headers: true,
  size: 100,
}

/** Publishes for a time from a timestamp on; returns the player that is there from the start and the ones that join later. */
const broadcast = (
  world: World,
  name: string,
  style: MediaStyle,
  lifeMs: number,
  joinsAt: number[],
): Player[] => {
  const nothing = (): void => {}
  const plan = { app: 'live', name, style, lifeMs, farewell: 'delete', twice: false } as const
  new Publisher(world, { ...plan, chunkSize: 2 ** 20 }, LINK, nothing)
  const players: Player[] = []
  for (const from of [0, ...joinsAt]) {
    world.events.after(from, {
      run: () => {
        const stay = { names: [name], kind: 'fast', lifeMs: lifeMs + MINUTE - from } as const
        players.push(new Player(world, { app: 'live', ...stay, farewell: 'delete' }, LINK, nothing))
      },
    })
  }
  return players
}

// Byte counters cross 2³² in every 25th seed of the long simulation: it takes 5 GB.
// 0xffffff ms is 4 h 39 min, 2³¹ ms 24.8 days, 2³² ms 49.7 days.
test("timestamps and the server's own clock cross 4 h 39 min, 24.8 and 49.7 days; players miss nothing", {
  timeout: 60_000,
}, () => {
  const startMs = 2 ** 32 - HOUR
  const world = new World({ seed: 1, startMs })
  const lifeMs = 5 * HOUR
  const crossings = { fresh: 0xffffff, days24: 2 ** 31, days49: 2 ** 32 }
  const lives = Object.entries(crossings).map(([name, at]) => {
    const start = name === 'fresh' ? 0 : at - 2 * HOUR
    const crossesAt = at - start
    return broadcast(world, name, { ...STYLE, start }, lifeMs, [crossesAt - MINUTE, crossesAt + MINUTE])
  })
  world.run(startMs + lifeMs + 2 * MINUTE)
  for (const [whole, before, after] of lives) {
    // Audio and video, and a header of each.
    expect(whole?.frames).toBeGreaterThan((1.9 * lifeMs) / STYLE.intervalMs)
    expect(before?.frames).toBeGreaterThan(20)
    expect(after?.frames).toBeGreaterThan(20)
  }
  world.run(startMs + lifeMs + 10 * MINUTE)
  world.checkEmpty()
})
