import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { QueryParameters, StreamPlace } from '@rtmp/message'
import type { Awaitable } from '../../contract/awaitable.ts'
import type { ClusterNode, OtherNode } from '../cluster/cluster-node.ts'

/** Where a request has come from. */
export interface CallOrigin {
  /** An IP address; empty where nobody knows. */
  readonly remoteAddress: string
  readonly remotePort: number
  /** The port that was asked. */
  readonly localPort: number
  /** Whether the way is encrypted. */
  readonly secure: boolean
}

/** Node's own objects of a request, for who writes past its {@link Response}. */
export interface NodeExchange {
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
}

/** One request, as an output sees it. */
export interface HttpCall {
  readonly request: Request
  /** What is asked for; a `HEAD` is a `GET` whose body nobody reads. */
  readonly method: HttpMethod
  readonly isHead: boolean
  /** Parameters of the URL, percent-decoded once. */
  readonly query: QueryParameters
  readonly origin: CallOrigin
  /** Where the request came to Node's HTTP server. */
  readonly exchange: NodeExchange | undefined
  /** The answer may take as long as it takes, as long as the other side reads it: downloads, events. */
  readonly keepOpen: () => void
  /** The request is a client of the engine from now on, which counts it and sees to its end. */
  readonly handOver: () => void
}

/** A request for a stream: its path, decoded once and cut at the last slash, without the ending. */
export interface StreamCall extends HttpCall {
  readonly stream: StreamPlace
}

/** A request for something at a place: what follows the place, decoded once; empty, `.` and `..` segments do not get here. */
export interface PlaceCall extends HttpCall {
  readonly rest: string
}

/** Methods that outputs can answer. `HEAD` and `OPTIONS` are seen to. */
export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** A request to go on as a WebSocket. */
export interface HttpUpgrade {
  readonly request: IncomingMessage
  readonly socket: Socket
  readonly head: Buffer
  /** Answers with a status instead, for example `'404 Not Found'`, and ends the socket. */
  readonly refuse: (status: string) => void
  /** The socket is somebody else's from now on: the limits of the HTTP port hold for it no more. */
  readonly release: () => void
}

/** What is at one path, or at all paths of a kind. */
export interface HttpRoute<Call extends HttpCall> {
  /**
   * - `'media'`: anybody, pages of any origin included (CORS).
   * - `'page'`: anybody; of pages only those of this server.
   * - `'admin'`: administrators, by token or address.
   */
  readonly audience: 'media' | 'page' | 'admin'
  /** By method. What throws a `RequestError` is answered as it says; anything else is a failure of the server. */
  readonly answers: { readonly [Method in HttpMethod]?: (call: Call) => Awaitable<Response> }
  /** Goes on as a WebSocket. Called for origins that may, while the server takes new clients. */
  readonly upgrade?: (call: Call, upgrade: HttpUpgrade) => void
  /** Which node a `GET` is for, where there are several; this one unless given. */
  readonly nodeOf?: (call: Call, cluster: ClusterNode) => OtherNode | undefined
  /** Whether it may be on another machine when it is not here: what is on a disk is in no directory. */
  readonly isOnDisk?: (call: Call) => boolean
}

/**
 * Something that is served over HTTP. An output is one of these and its line in `http-outputs.ts`.
 *
 * What is asked for is found in this order: a place; an ending behind the path of a stream, which is cut off whatever streams there
 * are; the page of a stream.
 */
export interface HttpOutput {
  /** By ending: `'.flv'` is what `/{path}.flv` answers. */
  readonly endings?: Readonly<Record<string, HttpRoute<StreamCall>>>
  /** By place: `'/_/hls/'` is everything below it, `'/_/obs/multitrack'` and `'/'` are just that. */
  readonly places?: Readonly<Record<string, HttpRoute<PlaceCall>>>
  /** What `/{path}` answers that has no ending. */
  readonly page?: HttpRoute<StreamCall>
  /** Lets go what it has open: nothing is asked of it any more. */
  readonly close?: () => void
}
