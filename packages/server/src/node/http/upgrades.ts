import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { HttpOptions } from '../../contract/http-options.ts'
import { originOf } from './environment.ts'
import { hasTooManyFields } from './head-bytes.ts'
import type { HttpMethod, HttpUpgrade } from './http-output.ts'
import { targetIn } from './http-path.ts'
import type { Found, HttpRouter } from './http-router.ts'
import { PageOrigins } from './page-origins.ts'
import { RequestError } from './problem.ts'
import type { HttpSubject } from './http-subject.ts'

/** Requests to go on as a WebSocket, on their way to their output. */
export class Upgrades {
  readonly #subject: HttpSubject
  readonly #origins: PageOrigins
  readonly #router: HttpRouter

  constructor(subject: HttpSubject, { origins, host }: HttpOptions, router: HttpRouter) {
    this.#subject = subject
    this.#origins = new PageOrigins(origins, host)
    this.#router = router
  }

  /** Whether a request is for one of the outputs. */
  claims({ url = '' }: IncomingMessage): boolean {
    const target = targetIn(url)
    return target !== undefined && this.#router.find(target)?.route.upgrade !== undefined
  }

  /** Hands a request to its output, or refuses it. */
  enter(upgrade: HttpUpgrade): void {
    const { request, socket } = upgrade
    const { origin, host } = request.headers
    const target = targetIn(request.url ?? '')
    const found = target && this.#router.find(target)
    if (hasTooManyFields(request)) upgrade.refuse('431 Request Header Fields Too Large')
    else if (target === undefined || found?.route.upgrade === undefined) upgrade.refuse('404 Not Found')
    else if (!this.#origins.areAll && (origin === undefined || !this.#origins.allow(origin, host)))
      upgrade.refuse('403 Forbidden')
    else if (!this.#subject.isReady()) upgrade.refuse('503 Service Unavailable')
    else {
      socket.on('error', () => {})
      try {
        this.#handOver(found, upgrade, target.query)
      } catch (error) {
        if (error instanceof RequestError) {
          upgrade.refuse(`${error.status} ${STATUS_CODES[error.status] ?? ''}`)
          return
        }
        this.#subject.core.failed('the WebSocket', error)
        socket.destroy()
      }
    }
  }

  #handOver(found: Found, upgrade: HttpUpgrade, query: Readonly<Record<string, string>>): void {
    const { headers, url, socket } = upgrade.request
    const asked = `http://${headers.host ?? 'localhost'}${url}`
    if (!URL.canParse(asked)) throw new RequestError(400, { error: 'there is no such host.' })
    const call = {
      request: new Request(asked, { headers: flat(headers) }),
      method: 'GET' as HttpMethod,
      isHead: false,
      query,
      origin: originOf(socket),
      exchange: undefined,
      keepOpen: () => {},
      handOver: () => {},
    }
    if (found.kind === 'stream') found.route.upgrade?.({ ...call, ...found.more }, upgrade)
    else found.route.upgrade?.({ ...call, ...found.more }, upgrade)
  }
}

/** Headers of Node as `Headers` takes them. */
const flat = (headers: NodeJS.Dict<string | string[]>): [string, string][] =>
  Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((one): [string, string] => [name, one]),
  )
