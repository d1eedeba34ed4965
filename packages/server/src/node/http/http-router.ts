import type { HttpCall, HttpMethod, HttpOutput, HttpRoute, PlaceCall, StreamCall } from './http-output.ts'
import { type HttpTarget, isPlain, streamIn } from './http-path.ts'

/** What a request has to do with, and the rest of what its route is told. */
export type Found =
  | {
      readonly kind: 'stream'
      readonly route: HttpRoute<StreamCall>
      readonly more: Pick<StreamCall, 'stream'>
    }
  | { readonly kind: 'place'; readonly route: HttpRoute<PlaceCall>; readonly more: Pick<PlaceCall, 'rest'> }

/** Endings of what a server can serve: cut off a path whether this one does or not, so that no page is there instead. */
const RESERVED_ENDINGS = ['.flv', '.m3u8', '.jpg']

/** How long a browser may remember what it may ask for, in seconds. */
const REMEMBERED_S = 600

/** The routes of all outputs. */
export class HttpRouter {
  readonly #endings = new Map<string, HttpRoute<StreamCall>>()
  readonly #endingNames: ReadonlySet<string>
  /** Longest first, so that the nearest one is found. */
  readonly #places: readonly (readonly [string, HttpRoute<PlaceCall>])[]
  readonly #page: HttpRoute<StreamCall> | undefined

  constructor(outputs: readonly HttpOutput[]) {
    const places = new Map<string, HttpRoute<PlaceCall>>()
    for (const { endings = {}, places: more = {} } of outputs) {
      for (const [ending, route] of Object.entries(endings)) this.#endings.set(ending, route)
      for (const [place, route] of Object.entries(more)) places.set(place, route)
    }
    this.#endingNames = new Set([...RESERVED_ENDINGS, ...this.#endings.keys()])
    this.#places = [...places].toSorted(([a], [b]) => b.length - a.length)
    this.#page = outputs.find(({ page }) => page !== undefined)?.page
  }

  /** What can be asked for, and how: `GET /{path}.flv`. */
  get paths(): string[] {
    const routes: (readonly [string, Pick<HttpRoute<never>, 'answers'> | undefined])[] = [
      ['/{path}', this.#page],
      ...[...this.#endings].map(([ending, route]) => [`/{path}${ending}`, route] as const),
      ...this.#places
        .map(([place, route]) => [place.endsWith('/') ? `${place}…` : place, route] as const)
        .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    ]
    return routes.flatMap(([path, { answers } = { answers: {} }]) => {
      const methods = Object.keys(answers)
      return methods.length === 0 ? [] : `${methods.join(', ')} ${path}`
    })
  }

  /** Whose a path is. */
  find({ path }: HttpTarget): Found | undefined {
    for (const [place, route] of this.#places) {
      const isHere =
        place.endsWith('/') && place !== '/' ? path.startsWith(place) : path === place || path === `${place}/`
      if (!isHere) continue
      const rest = place.endsWith('/') ? path.slice(place.length) : ''
      return isPlain(rest) ? { kind: 'place', route, more: { rest } } : undefined
    }
    if (path.startsWith('/_/')) return undefined
    const target = streamIn(path, this.#endingNames)
    if (target === undefined) return undefined
    const route = target.ending === '' ? this.#page : this.#endings.get(target.ending)
    return route && { kind: 'stream', route, more: { stream: target.stream } }
  }
}

/** Answers a request, or says which methods there are. */
export const answer = async (found: Found, call: HttpCall): Promise<Response> => {
  const { audience, answers } = found.route
  const methods = methodsOf(answers)
  if (call.request.method === 'OPTIONS') {
    const headers = new Headers({ allow: methods.join(', ') })
    if (audience === 'media') preflight(headers, methods)
    return new Response(null, { status: 204, headers })
  }
  // One of the two kinds: the route and what it is told belong together.
  const act =
    found.kind === 'stream'
      ? found.route.answers[call.method]?.bind(undefined, { ...call, ...found.more })
      : found.route.answers[call.method]?.bind(undefined, { ...call, ...found.more })
  if (act === undefined && methods.length === 0) {
    const headers = { upgrade: 'websocket', connection: 'upgrade' }
    return Response.json({ error: 'this is for WebSockets.' }, { status: 426, headers })
  }
  if (act === undefined) {
    const error = `there is no ${call.request.method} here; there is ${methods.join(', ')}.`
    return Response.json({ error }, { status: 405, headers: { allow: methods.join(', ') } })
  }
  return act()
}

const methodsOf = (answers: Readonly<Partial<Record<HttpMethod, unknown>>>): string[] => {
  const methods = Object.keys(answers)
  return methods.includes('GET') ? ['GET', 'HEAD', ...methods.filter((one) => one !== 'GET')] : methods
}

const preflight = (headers: Headers, methods: readonly string[]): void => {
  headers.set('access-control-allow-methods', methods.join(', '))
  headers.set('access-control-allow-headers', 'authorization, content-type, range')
  headers.set('access-control-max-age', String(REMEMBERED_S))
}

/** With every answer, unless it says otherwise: it is what it says it is, loads nothing, and tells nobody where it was read. */
export const SAFE_HEADERS = [
  ['x-content-type-options', 'nosniff'],
  ['content-security-policy', "default-src 'none'; frame-ancestors 'none'"],
  ['referrer-policy', 'no-referrer'],
] as const

/** What pages of other origins may see of media: everything, without the cookies and tokens that the browser has. */
export const MEDIA_HEADERS = [
  ['access-control-allow-origin', '*'],
  ['access-control-expose-headers', 'content-length, content-range, accept-ranges, retry-after'],
  ['cross-origin-resource-policy', 'cross-origin'],
  ['timing-allow-origin', '*'],
] as const
