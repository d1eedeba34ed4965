import type { EngineCommand, EnginePort, EngineReport } from './protocol.ts'

/** How long a worker may take to say that it is there, in milliseconds. */
const WORKER_STARTS_WITHIN = 5000

type Take = (report: EngineReport) => void

/** An engine in the page; loaded only then, since a worker brings its own. */
export const localEngine = async (take: Take): Promise<EnginePort> => {
  const { Engine } = await import('./engine.ts')
  const engine = new Engine(take)
  return {
    inWorker: false,
    send: (command) => engine.handle(command),
    close: () => engine.handle({ type: 'close' }),
  }
}

/** An engine in a worker; `undefined` when the worker does not start, or cannot make media sources. */
export const workerEngine = (make: () => Worker, take: Take): Promise<EnginePort | undefined> =>
  new Promise((resolve) => {
    let worker: Worker
    try {
      worker = make()
    } catch {
      resolve(undefined)
      return
    }
    const giveUp = (): void => {
      clearTimeout(timer)
      worker.terminate()
      resolve(undefined)
    }
    const timer = setTimeout(giveUp, WORKER_STARTS_WITHIN)
    worker.addEventListener('error', giveUp, { once: true })
    worker.addEventListener('message', ({ data }: MessageEvent<EngineReport>) => {
      if (data.type !== 'ready') {
        take(data)
        return
      }
      if (!data.able) {
        giveUp()
        return
      }
      clearTimeout(timer)
      worker.removeEventListener('error', giveUp)
      resolve({
        inWorker: true,
        send: (command: EngineCommand) => worker.postMessage(command),
        close: () => worker.terminate(),
      })
    })
  })
