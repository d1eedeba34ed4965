import { StatusCode, streamPath } from '@rtmp/message'
import type { Awaitable } from '../../contract/awaitable.ts'
import { type Decision, reject } from '../../contract/decision.ts'
import type { PlayContext, PublishContext } from '../../contract/contexts.ts'
import type { RelayStats } from '../../contract/relays.ts'
import type { ServerCore } from '../../core/server-core.ts'
import { isFetched } from '../../core/local-publisher.ts'
import type { LiveStream } from '@rtmp/live'
import { Pull } from './pull.ts'
import { Push } from './push.ts'
import type { RelayRule } from '../../contract/relay-rules.ts'
import { type PullRule, type PushRule, resolvedRules } from './resolved-rules.ts'
import { isTooLong, refusedLoop, type Via, viaOf, viaOfPlayers, viaOfPublication } from './via.ts'

/**
 * All pulls and pushes of a server: begins them as streams and players come, ends them as they go, and refuses those of other
 * servers that would make a stream go round.
 */
export class Relays {
  readonly #core: ServerCore
  #pushRules: readonly PushRule[]
  #pullRules: readonly PullRule[]
  #lastRule: number
  readonly #pulls = new Map<string, Pull>()
  readonly #pushes = new Map<string, readonly Push[]>()
  /** Pushes until they have said goodbye. */
  readonly #present = new Set<Push>()
  readonly #offs: readonly (() => void)[]
  #closed = false
  #whenGone: (() => void) | undefined

  /**
   * Begins at once.
   *
   * @param pullsAlways - Whether the rules' streams that are pulled always are pulled here.
   * @throws UsageError `RELAY_INVALID`, `RELAY_URL_INVALID`
   */
  constructor(core: ServerCore, rules: readonly RelayRule[], pullsAlways = true) {
    this.#core = core
    const { pushes, pulls } = resolvedRules(rules)
    this.#pushRules = pushes
    this.#pullRules = pullsAlways ? pulls : pulls.filter(({ always }) => always === undefined)
    // Rules of the configuration have the same numbers in all workers, those that are added have others.
    this.#lastRule = Math.max(rules.length, core.firstNumber)
    const { events } = core
    // The relay is at work while it tells these: what they lead to comes in a moment.
    const soon = (act: (stream: LiveStream) => void) => (event: { readonly stream: LiveStream }) =>
      queueMicrotask(() => {
        if (!this.#closed) act(event.stream)
      })
    this.#offs = [
      events.on('streamStarted', ({ stream }) => this.#started(stream)),
      events.on(
        'streamEnded',
        soon((stream) => this.#ended(stream)),
      ),
      events.on(
        'firstPlayer',
        soon((stream) => this.#playerCame(stream)),
      ),
      events.on(
        'lastPlayer',
        soon((stream) => this.#playersLeft(stream)),
      ),
    ]
    core.relays = () => this.stats()
    this.#pullAlways()
  }

  /** Decides about a publish: other servers may not send back what they got from here. */
  publish({ connection, app, streamName }: PublishContext): Decision {
    const via = viaOf(connection.connect)
    if (via.length === 0) return undefined
    if (via.includes(this.#core.instance))
      return refusedLoop('publish', `${streamName} has come through this server before`)
    if (isTooLong(via)) return refusedLoop('publish', `${streamName} has come through too many servers`)
    const stream = this.#core.registry.find(app, streamName)
    if (viaOfPlayers(stream).some((id) => via.includes(id))) {
      return refusedLoop('publish', `${streamName} goes from here to the server that sends it`)
    }
    return undefined
  }

  /** Decides about a play, which may have to wait until the origin has answered. */
  play({ connection, app, streamName, waitMs }: PlayContext): Awaitable<Decision> {
    const core = this.#core
    const via = viaOf(connection.connect)
    const publication = core.registry.find(app, streamName)?.publication
    const pull = this.#pulls.get(streamPath(app, streamName))
    if (via.length > 0) {
      const isOwn = publication !== undefined && pull?.owns(publication) !== true
      const isBack = viaOfPublication(publication).some((id) => via.includes(id))
      if (isBack || (via.includes(core.instance) && !isOwn)) {
        return refusedLoop('play', `${streamName} would come back to a server that it comes from`)
      }
      if (isTooLong(via)) return refusedLoop('play', `${streamName} would go through too many servers`)
    }
    const waits = waitMs === undefined ? core.registry.options.absentStream === 'wait' : waitMs > 0
    if (publication !== undefined || waits) return undefined
    const wanted = this.#pull(app, streamName, via)
    return wanted && this.#whenThere(wanted, app, streamName)
  }

  /**
   * Another rule holds from now on, behind those there are, for the streams that are there too.
   *
   * @param number - Its number, where another worker of the server has given it.
   * @returns its number
   * @throws UsageError `RELAY_INVALID`, `RELAY_URL_INVALID`
   */
  add(rule: RelayRule, number?: number): number {
    const id = number ?? this.#lastRule + 1
    const { pushes, pulls } = resolvedRules([rule], id)
    if (number === undefined) this.#lastRule = id
    this.#pushRules = [...this.#pushRules, ...pushes]
    this.#pullRules = [...this.#pullRules, ...pulls]
    const [push] = pushes
    for (const stream of this.#core.streams()) {
      const { app, name, publication } = stream
      if (push === undefined) this.#playerCame(stream)
      else if (publication !== undefined && this.#isFor(push, stream)) {
        this.#pushes.set(streamPath(app, name), [
          ...(this.#pushes.get(streamPath(app, name)) ?? []),
          ...this.#pushesOf(stream, [push]),
        ])
      }
    }
    this.#pullAlways()
    return id
  }

  /** A rule holds no more: what goes by it ends. False when there is none of that number. */
  remove(id: number): boolean {
    const before = this.#pushRules.length + this.#pullRules.length
    this.#pushRules = this.#pushRules.filter((rule) => rule.id !== id)
    this.#pullRules = this.#pullRules.filter((rule) => rule.id !== id)
    if (this.#pushRules.length + this.#pullRules.length === before) return false
    for (const [key, pushes] of this.#pushes) {
      for (const push of pushes) if (push.rule === id) push.end('it was ended here')
      this.#pushes.set(
        key,
        pushes.filter(({ rule }) => rule !== id),
      )
    }
    for (const pull of this.#pulls.values()) if (pull.rule === id) pull.end('it was ended here')
    return true
  }

  /** All of them as they are now. */
  stats(): RelayStats[] {
    const pushes = [...this.#present].filter(({ isOver }) => !isOver)
    return [...this.#pulls.values(), ...pushes].map(({ stats }) => stats)
  }

  /** Ends all of them, in order as far as there is time for it. Nothing begins any more. */
  async close(withinMs: number): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    for (const off of this.#offs) off()
    for (const pull of this.#pulls.values()) pull.end('the server is shutting down')
    for (const push of this.#present) push.end('the server is shutting down')
    if (this.#present.size > 0) {
      await new Promise<void>((resolve) => {
        const cut = setTimeout(() => {
          for (const push of this.#present) push.abort()
          resolve()
        }, withinMs)
        this.#whenGone = () => {
          clearTimeout(cut)
          resolve()
        }
      })
    }
    this.#core.relays = () => []
  }

  #started(stream: LiveStream): void {
    const { app, name, publication } = stream
    const key = streamPath(app, name)
    const pull = this.#pulls.get(key)
    if (publication !== undefined && isFetched(publication)) return
    const isPulled = pull?.owns(publication) === true
    const rules = this.#pushRules.filter((rule) => this.#isFor(rule, stream))
    queueMicrotask(() => {
      if (pull !== undefined && !isPulled) pull.end('somebody publishes it here')
      if (!this.#closed && rules.length > 0 && stream.publication !== undefined) this.#push(stream, rules)
    })
  }

  #push(stream: LiveStream, rules: readonly PushRule[]): void {
    const { app, name } = stream
    const key = streamPath(app, name)
    this.#endPushes(key)
    this.#pushes.set(key, this.#pushesOf(stream, rules))
  }

  /** Whether a stream is pushed by a rule. */
  #isFor(rule: PushRule, { app, name, publication }: LiveStream): boolean {
    const isPulled = this.#pulls.get(streamPath(app, name))?.owns(publication) === true
    return rule.fits(app, name) && (rule.pulled || !isPulled)
  }

  /** Begins to push. */
  #pushesOf(stream: LiveStream, rules: readonly PushRule[]): readonly Push[] {
    const { app, name } = stream
    const core = this.#core
    const via = [...viaOfPublication(stream.publication), core.instance]
    const gone = (push: Push): void => {
      this.#present.delete(push)
      if (this.#present.size === 0) this.#whenGone?.()
    }
    const pushes = rules.flatMap((rule) =>
      rule.targets.map((target) => new Push({ core, rule, target, app, streamName: name, via, gone })),
    )
    for (const push of pushes) this.#present.add(push)
    return pushes
  }

  #ended({ app, name }: LiveStream): void {
    const key = streamPath(app, name)
    if (this.#core.registry.find(app, name)?.publication !== undefined) return
    this.#endPushes(key)
    this.#pullAlways()
  }

  #endPushes(key: string): void {
    for (const push of this.#pushes.get(key) ?? []) push.end('the stream has ended')
    this.#pushes.delete(key)
  }

  #playerCame({ app, name }: LiveStream): void {
    const stream = this.#core.registry.find(app, name)
    if (stream === undefined || stream.subscribers.length === 0) return
    const pull = this.#pulls.get(streamPath(app, name))
    if (pull !== undefined) pull.wanted()
    else if (stream.state === 'waiting') this.#pull(app, name, [])
  }

  #playersLeft({ app, name }: LiveStream): void {
    const stream = this.#core.registry.find(app, name)
    if (stream === undefined || stream.subscribers.length === 0)
      this.#pulls.get(streamPath(app, name))?.unwanted()
  }

  /** A play that may wait only until it is clear whether the origin has the stream. */
  async #whenThere(pull: Pull, app: string, streamName: string): Promise<Decision> {
    pull.wanted()
    const isThere = await pull.arrives()
    // In case the player does not come after all.
    if ((this.#core.registry.find(app, streamName)?.subscribers.length ?? 0) === 0) pull.unwanted()
    return isThere
      ? undefined
      : reject(`there is no stream ${streamName}`, { code: StatusCode.playStreamNotFound })
  }

  /** The pull of a stream by the first rule that fits, new or there already. */
  #pull(app: string, streamName: string, asking: Via): Pull | undefined {
    const known = this.#pulls.get(streamPath(app, streamName))
    if (known !== undefined || this.#closed || this.#core.draining !== undefined) return known
    const rule = this.#pullRules.find((one) => one.fits(app, streamName))
    return rule && this.#begin(rule, app, streamName, asking)
  }

  #pullAlways(): void {
    for (const rule of this.#pullRules) {
      const { always } = rule
      if (always === undefined || this.#core.draining !== undefined) continue
      const { app, streamName } = always
      const isHere = this.#core.registry.find(app, streamName)?.publication !== undefined
      if (!isHere && !this.#pulls.has(streamPath(app, streamName))) this.#begin(rule, app, streamName, [])
    }
  }

  #begin(rule: PullRule, app: string, streamName: string, asking: Via): Pull {
    const core = this.#core
    const key = streamPath(app, streamName)
    const via = (): Via => [...asking, ...viaOfPlayers(core.registry.find(app, streamName)), core.instance]
    const gone = (): void => {
      this.#pulls.delete(key)
      // Somebody may have come for it in the very moment, or it is to be there always.
      queueMicrotask(() => {
        if (this.#closed) return
        this.#pullAlways()
        const stream = core.registry.find(app, streamName)
        if (stream === undefined) return
        // Whoever has taken it over is nobody's pull.
        if (stream.publication !== undefined && !this.#pushes.has(key)) this.#started(stream)
        this.#playerCame(stream)
      })
    }
    const pull = new Pull({ core, rule, app, streamName, via, gone })
    this.#pulls.set(key, pull)
    return pull
  }
}
