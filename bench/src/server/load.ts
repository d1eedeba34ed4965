import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { LoadAnswer, LoadCommand } from './load-protocol.ts'

const entry = fileURLToPath(new URL('./load-process.ts', import.meta.url))

/** A process of the load generator. */
export class Load {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  static start(): Load {
    return new Load(fork(entry, { execArgv: ['--conditions=@rtmp/source', '--import', 'tsx'] }))
  }

  /** Sends a command and waits for its answer. @throws Error what the process says went wrong */
  async tell(command: LoadCommand): Promise<LoadAnswer> {
    const answer = await new Promise<LoadAnswer>((resolve, reject) => {
      const onExit = (status: number | null): void => reject(new Error(`a load process ended with ${status}`))
      this.#child.once('exit', onExit)
      this.#child.once('message', (message) => {
        this.#child.off('exit', onExit)
        resolve(message as LoadAnswer)
      })
      this.#child.send(command)
    })
    if (answer.error !== undefined) throw new Error(answer.error)
    return answer
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return
    const ended = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()))
    this.#child.send({ kind: 'stop' } satisfies LoadCommand)
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 3000)
    await ended
    clearTimeout(timer)
  }
}
