import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { LOOPBACK } from '../../src/loopback.ts'

/** Something that can be asked for. */
interface Served {
  readonly type: string
  readonly bytes: Uint8Array
}

/** Pages and files over HTTP, with ranges, as any web server gives them: of another origin than the server that is tested. */
export class FileSite {
  readonly #server: Server
  readonly #served = new Map<string, Served>()

  private constructor(server: Server) {
    this.#server = server
    server.on('request', ({ url = '', headers }, response) => {
      const found = this.#served.get(url)
      if (found === undefined) {
        response.writeHead(404).end()
        return
      }
      const { type, bytes } = found
      const range = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '')
      const from = Number(range?.[1] ?? 0)
      const to = Math.min(bytes.length - 1, Number(range?.[2] || bytes.length))
      response.setHeader('accept-ranges', 'bytes')
      response.setHeader('content-type', type)
      if (range !== null) response.setHeader('content-range', `bytes ${from}-${to}/${bytes.length}`)
      response.writeHead(range === null ? 200 : 206).end(bytes.subarray(from, to + 1))
    })
  }

  static async open(): Promise<FileSite> {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve))
    return new FileSite(server)
  }

  /** Puts something there. @returns its address */
  put(path: string, type: string, bytes: Uint8Array | string): string {
    this.#served.set(path, { type, bytes: typeof bytes === 'string' ? Buffer.from(bytes) : bytes })
    return `http://${LOOPBACK}:${(this.#server.address() as AddressInfo).port}${path}`
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }
}
