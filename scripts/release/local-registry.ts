// A registry of npm packages on the loopback: takes what npm publishes, and serves it. Nothing else is in it.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A package.json as it is in a tarball. */
type Released = Readonly<Record<string, unknown>> & { readonly name: string; readonly version: string }

/** What `npm publish` sends, as far as a registry keeps it. */
interface Publication {
  readonly versions: Readonly<Record<string, Released>>
  readonly _attachments: Readonly<Record<string, { readonly data: string }>>
}

/** One published version: its tarball, and its package.json as npm made it. */
export interface Published {
  readonly name: string
  readonly version: string
  readonly tarball: Buffer
}

export class LocalRegistry {
  readonly #server: Server
  readonly #documents = new Map<string, object>()
  readonly #tarballs = new Map<string, Buffer>()
  /** In the order in which they came. */
  readonly published: Published[] = []

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        response.statusCode = 500
        response.end(JSON.stringify({ error: String(error) }))
      })
    })
  }

  /** Listens on a free port. */
  static async open(): Promise<LocalRegistry> {
    const registry = new LocalRegistry()
    registry.#server.listen(0, '127.0.0.1')
    await once(registry.#server, 'listening')
    return registry
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`
  }

  /** Text of an .npmrc that takes packages of ours from here and from nowhere else; all other packages come from where they always do. */
  get npmrc(): string {
    return `@rtmp:registry=${this.url}\n${this.url.replace('http:', '')}:_authToken=nobody-checks-it\n`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodeURIComponent(new URL(request.url ?? '/', this.url).pathname).slice(1)
    if (request.method === 'PUT') {
      const parts: Buffer[] = []
      for await (const part of request) parts.push(part as Buffer)
      this.#take(JSON.parse(Buffer.concat(parts).toString()) as Publication)
      response.statusCode = 201
      response.end('{"ok":true}')
      return
    }
    const tarball = this.#tarballs.get(path)
    const document = this.#documents.get(path)
    response.statusCode = tarball === undefined && document === undefined ? 404 : 200
    response.setHeader(
      'content-type',
      tarball === undefined ? 'application/json' : 'application/octet-stream',
    )
    response.end(tarball ?? JSON.stringify(document ?? { error: 'not found' }))
  }

  #take({ versions, _attachments }: Publication): void {
    const [attachment] = Object.values(_attachments)
    const [manifest] = Object.values(versions)
    if (attachment === undefined || manifest === undefined) throw new Error('nothing is attached')
    this.keep(Buffer.from(attachment.data, 'base64'), manifest)
  }

  /** Publishes a tarball, whose package.json is given too. */
  keep(tarball: Buffer, manifest: Released): void {
    const { name, version } = manifest
    const path = `${name}/-/${version}.tgz`
    const dist = {
      tarball: this.url + path,
      integrity: `sha512-${createHash('sha512').update(tarball).digest('base64')}`,
      shasum: createHash('sha1').update(tarball).digest('hex'),
    }
    this.#tarballs.set(path, tarball)
    const versions = { [version]: { ...manifest, dist } }
    this.#documents.set(name, { name, versions, 'dist-tags': { latest: version } })
    this.published.push({ name, version, tarball })
  }
}
