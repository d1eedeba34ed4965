/** Hooks and beginnings of one connection. */
export type HookName = keyof HookLedger['counts']

/** What a client has asked for in its life. */
export interface Asked {
  connect: number
  fcPublish: number
  publish: number
  play: number
  pause: number
  unpause: number
}

/** Of these there is one in a connection's life. */
const ONCE: ReadonlySet<HookName> = new Set([
  'opened',
  'connection',
  'handshakeComplete',
  'connect',
  'connected',
  'disconnect',
] as const)

/** How often each hook was called for one connection. */
export class HookLedger {
  readonly counts = {
    opened: 0,
    connection: 0,
    handshakeComplete: 0,
    connect: 0,
    connected: 0,
    fcPublish: 0,
    publish: 0,
    published: 0,
    unpublish: 0,
    play: 0,
    played: 0,
    playStop: 0,
    pause: 0,
    unpause: 0,
    seek: 0,
    play2: 0,
    receiveAudio: 0,
    receiveVideo: 0,
    bufferLength: 0,
    disconnect: 0,
  }

  /** Counts a call; returns what is wrong with it. */
  note(hook: HookName): string | undefined {
    const { counts } = this
    const isLate = counts.disconnect > 0
    counts[hook] += 1
    if (isLate) return `${hook} behind disconnect`
    if (hook !== 'opened' && hook !== 'connection' && counts.connection === 0)
      return `${hook} before connection`
    return ONCE.has(hook) && counts[hook] > 1 ? `${hook} twice` : undefined
  }

  /** What is wrong in the end. */
  faults(asked: Asked | undefined): string[] {
    const { counts } = this
    const faults: string[] = []
    const atMost = (what: HookName, most: number, why: string): void => {
      if (counts[what] > most) faults.push(`${counts[what]} ${what} for ${most} ${why}`)
    }
    atMost('connect', counts.handshakeComplete, 'handshakeComplete')
    atMost('connected', counts.connect, 'connect')
    atMost('published', counts.publish, 'publish')
    atMost('played', counts.play, 'play')
    for (const [end, begin] of [
      ['unpublish', 'published'],
      ['playStop', 'played'],
    ] as const) {
      if (counts[end] !== counts[begin]) faults.push(`${counts[end]} ${end} for ${counts[begin]} ${begin}`)
    }
    if (asked === undefined) return faults
    for (const [what, times] of Object.entries(asked))
      atMost(what as keyof Asked, times as number, 'requests')
    return faults
  }
}
