// An application with TCP and TLS servers of its own, which starts FFmpeg for each publish and can end it by its id.
//
// 1. The sockets are the application's; the RTMP server is given each of them.
// 2. With each publish a process begins that plays the stream from here and makes something of it. It has an id.
// 3. The process ends with its publish, or with `end(id)`; with it, or without it, the publisher goes on.
import { type ChildProcess, spawn } from 'node:child_process'
import { createServer as createTcpServer, type Server } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { createServer, type RtmpServer } from '@rtmp/server'

/** A program and its arguments for a stream, to be had at an address. */
export type Job = (path: string, url: string) => readonly [command: string, ...args: string[]]

/** What people do with it first: a copy in a file. */
export const copyToFile: Job = (path, url) => [
  'ffmpeg',
  '-nostdin',
  '-loglevel',
  'error',
  '-y',
  '-i',
  url,
  '-c',
  'copy',
  `${path.replaceAll('/', '-')}.mkv`,
]

export class Transcoding {
  readonly server: RtmpServer
  readonly #job: Job
  readonly #url: string
  readonly #processes = new Map<string, ChildProcess>()

  constructor(port: number, job: Job) {
    this.#job = job
    this.#url = `rtmp://127.0.0.1:${port}`
    this.server = createServer({
      // No port of its own: all connections are brought.
      rtmp: false,
      handler: {
        unpublish: ({ connection, path }) => this.end(`${connection.id}/${path}`),
      },
    })
    this.server.on('publishStarted', ({ connection, path }) => this.#start(`${connection.id}/${path}`, path))
  }

  /** Ids of what runs. */
  get ids(): readonly string[] {
    return [...this.#processes.keys()]
  }

  /** Ends a process. FFmpeg finishes its file at SIGTERM. */
  end(id: string): void {
    this.#processes.get(id)?.kill('SIGTERM')
    this.#processes.delete(id)
  }

  #start(id: string, path: string): void {
    const [command, ...args] = this.#job(path, `${this.#url}/${path}`)
    const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] })
    child.on('error', (error) => console.error(`${command} for ${path}: ${error.message}`))
    child.on('exit', () => {
      if (this.#processes.get(id) === child) this.#processes.delete(id)
    })
    this.#processes.set(id, child)
  }
}

/** The application's servers, for which the RTMP server has no say: what is in front of them, and when they listen, is theirs. */
export const serversOf = ({ server }: Transcoding, tls?: TlsOptions): readonly Server[] => [
  createTcpServer((socket) => server.accept(socket)),
  ...(tls === undefined ? [] : [createTlsServer(tls, (socket) => server.accept(socket))]),
]
