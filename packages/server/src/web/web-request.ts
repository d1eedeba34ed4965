import type { ConnectCommand, QueryParameters, StreamPlace } from '@rtmp/message'
import { ANY_FOUR_CC, buildCapabilities, CapsEx } from '@rtmp/e-rtmp'

/** What a client asks for over HTTP: one stream, to get it or to bring it. */
export interface WebRequest {
  readonly kind: 'play' | 'publish'
  readonly stream: StreamPlace
  /** Parameters of the URL, and what it says in `Authorization`. */
  readonly query: QueryParameters
  /** Scheme, host and port, as the client wrote them. */
  readonly base: string
  /** The path and the query as they were sent. */
  readonly target: string
  /** What the client says it is (`User-Agent`). */
  readonly userAgent: string | undefined
  /** The page it is in (`Referer` or `Origin`). */
  readonly page: string | undefined
  /** A play: whether sound is wanted. */
  readonly audio: boolean
  /** A play: whether video is wanted. */
  readonly video: boolean
  /** A play: whether a recording will do where nobody publishes. */
  readonly recordings: boolean
  /** Whether it would only like to know what the answer is (`HEAD`). */
  readonly onlyAsks: boolean
}

/** A body of FLV carries all codecs and tracks, and players that read some of them take what they read. */
const PROPERTIES: Readonly<Record<string, unknown>> =
  buildCapabilities({ fourCcList: [ANY_FOUR_CC], capsEx: CapsEx.multitrack | CapsEx.modEx }) ?? {}

/** What the client would have said in `connect`, for hooks and rules that look at it. */
export const connectOf = ({ stream, base, userAgent, page }: WebRequest): ConnectCommand => {
  const { app } = stream
  const tcUrl = `${base}/${app}`
  return {
    kind: 'connect',
    transactionId: 1,
    app,
    tcUrl,
    flashVer: userAgent,
    swfUrl: undefined,
    pageUrl: page,
    objectEncoding: 0,
    properties: {
      ...PROPERTIES,
      app,
      tcUrl,
      ...(userAgent === undefined ? {} : { flashVer: userAgent }),
      ...(page === undefined ? {} : { pageUrl: page }),
    },
    args: [],
  }
}
