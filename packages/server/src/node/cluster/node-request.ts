import { request } from 'node:http'
import type { NodeAddress } from '../../cluster/node-address.ts'
import { dialNode, type NodeDialler } from './node-socket.ts'

/** What a node is asked. */
export interface NodeRequest {
  readonly method: string
  /** With the query. */
  readonly path: string
  /** JSON. */
  readonly body?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
}

/** What it has answered. */
export interface NodeAnswer {
  readonly status: number
  readonly text: string
}

/** How long a node may take to answer, in milliseconds: it is left out of lists then. */
const ANSWER_MS = 3000

/** The most that is read of an answer, in characters. */
const MOST_TEXT = 64 * 1024 * 1024

/** Asks another node by HTTP. @throws Error of Node; when it does not answer in time */
export const askNode = async (
  dialler: NodeDialler,
  address: NodeAddress,
  { method, path, body, headers = {} }: NodeRequest,
): Promise<NodeAnswer> => {
  const socket = await dialNode(dialler, address, 'http')
  return new Promise<NodeAnswer>((resolve, reject) => {
    const fail = (error: unknown): void => {
      socket.destroy()
      reject(error instanceof Error ? error : new Error(String(error)))
    }
    const asked = request(
      {
        createConnection: () => socket,
        method,
        path,
        signal: AbortSignal.timeout(ANSWER_MS),
        headers: {
          ...headers,
          host: 'node',
          connection: 'close',
          ...(body === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
        },
      },
      (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (more: string) => {
          text += more
          if (text.length > MOST_TEXT) fail(new Error('the answer is too long'))
        })
        response.once('error', fail)
        response.once('end', () => resolve({ status: response.statusCode ?? 0, text }))
      },
    )
    asked.once('error', fail)
    asked.end(body)
  })
}
