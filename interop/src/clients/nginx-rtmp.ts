import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import {
  type Availability,
  isExecutable,
  debianVersion,
  probeOnce,
  type RealClient,
} from '../availability.ts'
import { LOOPBACK, untilListening } from '../loopback.ts'
import { type ProgramEnd, RunningProgram } from '../running-program.ts'
import { Scratch } from '../scratch.ts'

const MODULE = '/usr/lib/nginx/modules/ngx_rtmp_module.so'
const COMMAND = isExecutable('nginx') ? 'nginx' : '/usr/sbin/nginx'

/** One nginx with nginx-rtmp, running. */
export class NginxServer {
  readonly port: number
  readonly program: RunningProgram
  readonly #scratch: Scratch

  constructor(port: number, program: RunningProgram, scratch: Scratch) {
    this.port = port
    this.program = program
    this.#scratch = scratch
  }

  /** Address of a stream in the application `app`: `live`, `rec`, or those of the options. */
  url(app: string, name: string): string {
    return `rtmp://${LOOPBACK}:${this.port}/${app}/${name}`
  }

  /** The recording of a stream published to `rec/NAME`. */
  recording(name: string): string {
    return this.#scratch.file(`rec/${name}.flv`)
  }

  async errorLog(): Promise<string> {
    return readFile(this.#scratch.file('logs/error.log'), 'utf8')
  }

  async stop(): Promise<ProgramEnd> {
    const end = await this.program.stop()
    await this.#scratch.remove()
    return end
  }
}

/** nginx with nginx-rtmp: a server to compare with, which can also push its streams to us and pull ours. */
class NginxRtmp implements RealClient {
  readonly name = 'nginx-rtmp'
  readonly availability: () => Availability = probeOnce(
    () =>
      isExecutable(COMMAND) && existsSync(MODULE)
        ? undefined
        : 'nginx with its RTMP module not found (scripts/install-real-clients.sh)',
    () => debianVersion('libnginx-mod-rtmp'),
  )

  /**
   * Starts a server with the applications `live` and `rec` (records everything), and waits until it listens.
   *
   * @param what.push  address to push every stream of the application `push` to, as `rtmp://host:port/app`
   * @param what.files  folder whose FLV files the application `vod` plays
   * @param what.pull  address from which the application `pull` fetches a stream that a player asks for
   */
  async serve(what: {
    readonly port: number
    readonly push?: string
    readonly files?: string
    readonly pull?: string
    readonly chunkSize?: number
  }): Promise<NginxServer> {
    const scratch = await Scratch.make()
    await scratch.folder('logs')
    const recordings = await scratch.folder('rec')
    const apps = [
      'application live { live on; record off; publish_notify on; }',
      `application rec { live on; record all; record_path ${recordings}; record_unique off; record_suffix .flv; }`,
      ...(what.files === undefined ? [] : [`application vod { play ${what.files}; }`]),
      ...(what.push === undefined ? [] : [`application push { live on; record off; push ${what.push}; }`]),
      ...(what.pull === undefined
        ? []
        : [`application pull { live on; record off; publish_notify on; pull ${what.pull}; }`]),
    ]
    const config = `load_module ${MODULE};
${process.getuid?.() === 0 ? 'user root;' : ''}
daemon off;
master_process off;
error_log logs/error.log info;
pid logs/nginx.pid;
events { worker_connections 256; }
rtmp {
  access_log logs/rtmp_access.log;
  server {
    listen ${LOOPBACK}:${what.port};
    chunk_size ${what.chunkSize ?? 4096};
    ${apps.join('\n    ')}
  }
}
`
    await writeFile(scratch.file('nginx.conf'), config)
    const args = ['-p', `${scratch.path}/`, '-c', join(scratch.path, 'nginx.conf')]
    const program = new RunningProgram(this.name, COMMAND, args, { limitMs: 240_000 })
    await untilListening(what.port, 5000).catch(async (error: unknown) => {
      const { stderr } = await program.kill()
      await scratch.remove()
      throw new Error(`nginx did not start: ${stderr}`, { cause: error })
    })
    return new NginxServer(what.port, program, scratch)
  }
}

export const nginxRtmp: NginxRtmp = new NginxRtmp()
