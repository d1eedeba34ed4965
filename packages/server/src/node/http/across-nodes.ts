import type { Context, MiddlewareHandler } from 'hono'
import type { RecordingsAnswer, ServerAnswer } from '../../contract/api-answers.ts'
import type { ConnectionStats, StreamDetails, StreamStats } from '../../contract/statistics.ts'
import type { RelayStats } from '../../contract/relays.ts'
import type { ClusterNode, OtherNode } from '../cluster/cluster-node.ts'
import type { NodeAnswer } from '../cluster/node-request.ts'
import type { Environment } from './environment.ts'
import { mergedConnections, mergedDetails, mergedRecordings, mergedServers, mergedStreams } from './merged.ts'
import type { CountedMetrics } from './metrics.ts'
import { RequestError } from './problem.ts'
import { bodyBytes } from './request-body.ts'

/** The header in which a node tells the number that it has given a ban or a relay rule. */
export const GIVEN_NUMBER = 'x-rtmp-number'

type Call = Context<Environment>

/**
 * Asks the other nodes what is asked of this server, and does there what is done here: lists are of all nodes, and what is ended, banned
 * or emptied is so wherever it is. The whole server is emptied, and configured, with all its workers; other machines are not.
 */
export const acrossNodes =
  (cluster: () => ClusterNode | undefined): MiddlewareHandler<Environment> =>
  async (c, next) => {
    const node = cluster()
    if (node === undefined) return next()
    const { pathname } = new URL(c.req.url)
    const path = /\/api\/(.*)$/.exec(pathname)?.[1] ?? ''
    if (node.others.length === 0) return next()
    const across = new AcrossNodes(node, c, await bodyOf(c))
    await next()
    const response = c.req.method === 'GET' ? await across.list(path) : await across.change(path)
    if (response !== undefined) c.res = response
    return undefined
  }

/** What other workers of this server have counted. */
export const metricsOfWorkers = async (node: ClusterNode | undefined): Promise<CountedMetrics[]> => {
  if (node === undefined) return []
  const workers = node.others.filter((other) => node.isNear(other))
  const answers = await Promise.all(
    workers.map(async (worker) => asked(node, worker, { method: 'GET', path: '/_/api/metrics' })),
  )
  return answers.flatMap((answer) =>
    answer?.status === 200 ? [JSON.parse(answer.text) as CountedMetrics] : [],
  )
}

const asked = async (
  node: ClusterNode,
  other: OtherNode,
  request: Parameters<ClusterNode['ask']>[1],
): Promise<NodeAnswer | undefined> => {
  try {
    return await node.ask(other, request)
  } catch {
    // It is going, or cannot be reached: lists are of those that answer.
    return undefined
  }
}

/** The body of a request, whether its length was said before or not; nothing of one that is refused for its length. */
const bodyOf = async (c: Call): Promise<string | undefined> => {
  if (c.req.method === 'GET') return undefined
  try {
    const bytes = await bodyBytes(c.req.raw.clone())
    return bytes.length === 0 ? undefined : bytes.toString()
  } catch (error) {
    if (error instanceof RequestError) return undefined
    throw error
  }
}

/** One request, answered here, on its way to others. */
class AcrossNodes {
  readonly #node: ClusterNode
  readonly #c: Call
  readonly #body: string | undefined
  readonly #target: string

  constructor(node: ClusterNode, c: Call, body: string | undefined) {
    this.#node = node
    this.#c = c
    this.#body = body
    const { url } = c.req
    this.#target = url.slice(url.indexOf('/', url.indexOf('://') + 3))
  }

  /** What all nodes say together; nothing for what each says for itself. */
  async list(path: string): Promise<Response | undefined> {
    const c = this.#c
    if (path === 'server') {
      return c.json(mergedServers(await this.#all<ServerAnswer>()))
    }
    if (path === 'streams') {
      const all = await this.#all<{ readonly streams: readonly StreamStats[] }>()
      return c.json({ streams: mergedStreams(all.map(({ streams }) => streams)) })
    }
    if (path === 'connections') {
      const all = await this.#all<{ readonly connections: readonly ConnectionStats[] }>()
      return c.json({ connections: mergedConnections(all.map(({ connections }) => connections)) })
    }
    if (path === 'relays') {
      const all = await this.#all<{ readonly relays: readonly RelayStats[] }>()
      return c.json({ relays: all.flatMap(({ relays }) => relays) })
    }
    if (path === 'recordings') {
      const all = await this.#all<RecordingsAnswer>()
      return all.length === 0 ? undefined : c.json(mergedRecordings(all), 200)
    }
    if (/^connections\/\d+\/log$/.test(path)) {
      // Whose connection it is has the lines.
      const own = c.res.status === 200
      const [answer] = own ? [] : (await this.#ask(this.#node.others)).filter(({ status }) => status === 200)
      return answer && answerOf(answer)
    }
    if (!path.startsWith('streams/')) return undefined
    const all = await this.#all<StreamDetails>()
    return all.length === 0 ? undefined : c.json(mergedDetails(all), 200)
  }

  /** Does elsewhere what was done here, or what there was nothing to do about here. */
  async change(path: string): Promise<Response | undefined> {
    const c = this.#c
    const { status } = c.res
    const near = this.#node.others.filter((other) => this.#node.isNear(other))
    if (path === 'bans' || path === 'relays') {
      if (status === 201) {
        const { id } = (await c.res.clone().json()) as { readonly id: number }
        await this.#ask(path === 'bans' ? this.#node.others : near, { [GIVEN_NUMBER]: String(id) })
      }
      return undefined
    }
    if (path === 'drain' || path === 'config' || (path.startsWith('relays/') && status !== 404)) {
      if (status < 300) await this.#ask(near)
      return undefined
    }
    const isEverywhere = path.startsWith('bans/') || path.endsWith('/drain')
    if (status !== 404 && !isEverywhere && !path.startsWith('streams/')) return undefined
    if (status >= 400 && status !== 404) return undefined
    const answers = await this.#ask(this.#node.others)
    const done = answers.filter((answer) => answer.status < 300)
    if (path.endsWith('/drain')) return this.#drained(done)
    const found = done[0] ?? answers.find((answer) => answer.status !== 404)
    return status === 404 && found !== undefined ? answerOf(found) : undefined
  }

  /** Those who were asked to reconnect, on all nodes. */
  async #drained(answers: readonly NodeAnswer[]): Promise<Response | undefined> {
    const c = this.#c
    const own = c.res.status < 300 ? [(await c.res.clone().json()) as Drained] : []
    const all = [...own, ...answers.map(({ text }) => JSON.parse(text) as Drained)]
    const [first] = all
    return first && c.json({ ...first, asked: all.flatMap(({ asked: those }) => those) }, 202)
  }

  /** What this server and the others have answered, as far as they had anything to say. */
  async #all<T>(): Promise<T[]> {
    const own = this.#c.res.status === 200 ? [(await this.#c.res.clone().json()) as T] : []
    const answers = await this.#ask(this.#node.others)
    return [...own, ...answers.flatMap(({ status, text }) => (status === 200 ? [JSON.parse(text) as T] : []))]
  }

  async #ask(
    others: readonly OtherNode[],
    headers: Readonly<Record<string, string>> = {},
  ): Promise<NodeAnswer[]> {
    const request = { method: this.#c.req.method, path: this.#target, body: this.#body, headers }
    const answers = await Promise.all(others.map(async (other) => asked(this.#node, other, request)))
    return answers.filter((answer) => answer !== undefined)
  }
}

interface Drained {
  readonly asked: readonly number[]
  readonly deadlineMs: number
}

const answerOf = ({ status, text }: NodeAnswer): Response =>
  new Response(text, { status, headers: { 'content-type': 'application/json' } })
