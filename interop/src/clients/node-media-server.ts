import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import { type Availability, probeOnce, type RealClient } from '../availability.ts'
import { LOOPBACK, untilListening } from '../loopback.ts'
import { RunningProgram } from '../running-program.ts'
import { Scratch } from '../scratch.ts'

function folder(): string | undefined {
  const require = createRequire(import.meta.url)
  for (const path of require.resolve.paths('node-media-server') ?? []) {
    try {
      readFileSync(join(path, 'node-media-server/package.json'))
      return join(path, 'node-media-server')
    } catch {
      // Not there: the next folder.
    }
  }
  return undefined
}

/** One node-media-server, running. */
export class NodeMediaServerProcess {
  readonly port: number
  readonly program: RunningProgram
  readonly #scratch: Scratch

  constructor(port: number, program: RunningProgram, scratch: Scratch) {
    this.port = port
    this.program = program
    this.#scratch = scratch
  }

  url(app: string, name: string): string {
    return `rtmp://${LOOPBACK}:${this.port}/${app}/${name}`
  }

  async stop(): Promise<void> {
    await this.program.stop()
    await this.#scratch.remove()
  }
}

/** node-media-server: a server to compare with that knows one enhanced video and one enhanced audio track. */
class NodeMediaServer implements RealClient {
  readonly name = 'node-media-server'
  readonly availability: () => Availability = probeOnce(
    () => (folder() === undefined ? 'the npm package node-media-server is not installed' : undefined),
    () => {
      const text = readFileSync(join(folder() ?? '', 'package.json'), 'utf8')
      const { version } = JSON.parse(text) as { version?: unknown }
      return typeof version === 'string' ? version : 'unknown'
    },
  )

  /** Starts a server and waits until it listens. */
  async serve(what: { readonly port: number; readonly httpPort: number }): Promise<NodeMediaServerProcess> {
    const scratch = await Scratch.make()
    const config = {
      bind: LOOPBACK,
      store: { path: scratch.file('data'), maxHistory: 100 },
      auth: { play: false, publish: false, secret: '', jwt: { secret: 'x', users: [] } },
      rtmp: { port: what.port },
      http: { port: what.httpPort },
      record: { auto: false, path: scratch.file('record') },
    }
    await writeFile(scratch.file('cfg.json'), JSON.stringify(config))
    const app = join(folder() ?? dirname(scratch.path), 'bin/app.js')
    const args = [app, '-c', scratch.file('cfg.json'), '--no-admin']
    const program = new RunningProgram(this.name, process.execPath, args, {
      limitMs: 240_000,
      cwd: scratch.path,
    })
    await untilListening(what.port, 8000).catch(async (error: unknown) => {
      const { stderr } = await program.kill()
      await scratch.remove()
      throw new Error(`node-media-server did not start: ${stderr}`, { cause: error })
    })
    return new NodeMediaServerProcess(what.port, program, scratch)
  }
}

export const nodeMediaServer: NodeMediaServer = new NodeMediaServer()
