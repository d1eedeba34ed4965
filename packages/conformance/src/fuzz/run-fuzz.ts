import { CaseEnd } from '../case/verdict.ts'
import { residentBytes } from '../node/memory.ts'
import type { Pair } from '../server/publisher.ts'
import type { ServerProfile } from '../server/server-profile.ts'
import { ServerTest } from '../server/server-test.ts'
import type { WirePeer } from '../wire/wire-peer.ts'
import { audioFrame } from '../wire/media.ts'
import { type FuzzSession, fuzzSession } from './fuzz-session.ts'

/** How hostile sessions are run. */
export interface FuzzOptions {
  /** Sessions; bounded by time as well. */
  readonly sessions: number
  /** No session begins after so many milliseconds. */
  readonly maxMs: number
  /** Seed of the first session; the others follow it. */
  readonly seed: number
  /** Sessions at once. */
  readonly parallel: number
  /** No session begins after it. */
  readonly signal?: AbortSignal | undefined
  /** Told how many sessions have run, every fifty of them. */
  readonly onProgress?: ((done: number) => void) | undefined
}

/** What a session broke. */
export interface FuzzFinding {
  /** Give it to {@link replaySession}; the first of several where the harm did not repeat. */
  readonly seed: number
  /** How far the connection was when the writes came. */
  readonly state: FuzzSession['state']
  /** What went wrong: the server is dead, others hang, the witness was disturbed, memory grew. */
  readonly what: string
  /** The writes that are needed for it, in order; the others of the session were found to be idle. */
  readonly writes: readonly Uint8Array[]
}

/** What a run came to. */
export interface FuzzReport {
  /** As it was given. */
  readonly target: string
  /** Of the first session. */
  readonly seed: number
  /** Sessions that ran, less than asked for when something was found. */
  readonly runs: number
  /** How long it took, to a tenth. */
  readonly seconds: number
  /** Empty when nothing was found; else one, since it ends at the first. */
  readonly findings: readonly FuzzFinding[]
  /** Bytes by which the server's memory grew from after the first tenth to the end, when its process id was given. */
  readonly grownBytes?: number
}

/** Sessions between two looks at the witnesses. */
const BETWEEN_LOOKS = 50
/** Growth that counts as a leak, in bytes. */
const LEAK_BYTES = 300 * 1024 * 1024

/** A publisher and a player that must not notice anything. */
class Witness {
  readonly #test: ServerTest
  #pair: Pair | undefined
  #time = 1000

  constructor(profile: ServerProfile) {
    this.#test = new ServerTest(profile)
  }

  /** What is wrong with the server, if anything is. */
  async look(): Promise<string | undefined> {
    try {
      this.#pair ??= await this.#test.pair()
      const { pub, sub } = this.#pair
      for (const { peer } of [pub, sub]) peer.answersPings = true
      const frame = audioFrame()
      this.#time += 20
      pub.sendAudio(frame, this.#time)
      await this.#test.relayed(this.#pair, 8, frame)
      await this.#test.other()
      // What was looked at is not needed any more.
      for (const { peer } of [pub, sub]) peer.forget()
      return undefined
    } catch (error) {
      this.#test.dispose()
      this.#pair = undefined
      if (error instanceof CaseEnd) return `${error.expected ?? 'the server goes on'}: ${error.message}`
      throw error
    }
  }

  dispose(): void {
    this.#test.dispose()
  }
}

/** Brings a connection into the session's state and sends its writes. */
const play = async (profile: ServerProfile, session: FuzzSession): Promise<void> => {
  const test = new ServerTest(profile)
  try {
    const peer = await connectionIn(test, session.state)
    for (const bytes of session.writes) {
      if (peer.ended !== undefined) break
      peer.raw(bytes)
      await peer.until(() => peer.ended !== undefined, 1)
    }
    await peer.until(() => peer.ended !== undefined, 5)
  } catch (error) {
    // What it means that a connection does not come about, the witness will say.
    if (!(error instanceof CaseEnd)) throw error
  } finally {
    test.dispose()
  }
}

const connectionIn = async (test: ServerTest, state: FuzzSession['state']): Promise<WirePeer> => {
  switch (state) {
    case 'opened':
      return await test.open()
    case 'handshaken':
      return await test.handshake()
    case 'connected':
      return await test.connect()
    case 'publishing':
      return (await test.publish()).peer
    case 'playing':
      return (await test.play(test.name())).peer
  }
}

/** Whether these writes alone, in the session's state, do the harm again. */
const harms = async (profile: ServerProfile, session: FuzzSession): Promise<boolean> => {
  const witness = new Witness(profile)
  if ((await witness.look()) !== undefined) return false
  await play(profile, session)
  const harmed = (await witness.look()) !== undefined
  witness.dispose()
  return harmed
}

/** Leaves out one write after the other as long as the harm is done without it; the whole session when it does not repeat. */
const minimised = async (profile: ServerProfile, session: FuzzSession): Promise<readonly Uint8Array[]> => {
  let writes = session.writes
  if (!(await harms(profile, session))) return writes
  for (let at = writes.length - 1; at >= 0 && writes.length > 1; at--) {
    const without = writes.filter((_, index) => index !== at)
    if (await harms(profile, { ...session, writes: without })) writes = without
  }
  return writes
}

/** Runs one session alone; what it broke, if anything. */
export const replaySession = async (
  profile: ServerProfile,
  seed: number,
): Promise<FuzzFinding | undefined> => {
  const session = fuzzSession(seed)
  const witness = new Witness(profile)
  const before = await witness.look()
  if (before !== undefined)
    return { seed, state: session.state, what: `before the session: ${before}`, writes: [] }
  await play(profile, session)
  const what = await witness.look()
  witness.dispose()
  return what === undefined
    ? undefined
    : { seed, state: session.state, what, writes: await minimised(profile, session) }
}

/**
 * Runs hostile sessions beside a publisher and a player that must not notice. Ends at the first finding: what comes
 * after it says little.
 */
export const runFuzz = async (
  target: string,
  profile: ServerProfile,
  options: FuzzOptions,
): Promise<FuzzReport> => {
  const began = performance.now()
  const findings: FuzzFinding[] = []
  const witness = new Witness(profile)
  const { pid } = profile
  let first = await witness.look()
  let runs = 0
  let warm: number | undefined
  if (first !== undefined)
    findings.push({ seed: options.seed, state: 'opened', what: `before any session: ${first}`, writes: [] })
  while (findings.length === 0 && runs < options.sessions && options.signal?.aborted !== true) {
    if (performance.now() - began > options.maxMs) break
    const seeds = Array.from(
      { length: Math.min(BETWEEN_LOOKS, options.sessions - runs) },
      (_, at) => options.seed + runs + at,
    )
    const left = [...seeds]
    const worker = async (): Promise<void> => {
      for (let seed = left.shift(); seed !== undefined; seed = left.shift())
        await play(profile, fuzzSession(seed))
    }
    await Promise.all(Array.from({ length: options.parallel }, worker))
    runs += seeds.length
    options.onProgress?.(runs)
    if (pid !== undefined && warm === undefined && runs >= options.sessions / 10) warm = residentBytes(pid)
    first = await witness.look()
    if (first !== undefined) findings.push(await culprit(profile, seeds, first))
  }
  witness.dispose()
  const grownBytes =
    pid === undefined || warm === undefined || findings.length > 0 ? undefined : residentBytes(pid) - warm
  if (grownBytes !== undefined && grownBytes > LEAK_BYTES)
    findings.push({
      seed: options.seed,
      state: 'opened',
      what: `memory grew by ${Math.round(grownBytes / 1024 / 1024)} MiB`,
      writes: [],
    })
  const seconds = Math.round((performance.now() - began) / 100) / 10
  return {
    target,
    seed: options.seed,
    runs,
    seconds,
    findings,
    ...(grownBytes === undefined ? {} : { grownBytes }),
  }
}

/** Which of these sessions did it: each is run again alone, as far as the server still lives. */
const culprit = async (
  profile: ServerProfile,
  seeds: readonly number[],
  what: string,
): Promise<FuzzFinding> => {
  for (const seed of seeds) {
    const session = fuzzSession(seed)
    if (await harms(profile, session))
      return { seed, state: session.state, what, writes: await minimised(profile, session) }
  }
  const [seed = 0] = seeds
  return {
    seed,
    state: fuzzSession(seed).state,
    what: `${what} (by one of ${seeds.length} sessions from this seed on)`,
    writes: [],
  }
}
