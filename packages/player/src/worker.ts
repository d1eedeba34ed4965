/**
 * The part of a player that runs in a worker. `createPlayer` starts this module; those who make the worker themselves
 * (option `worker`) import it from theirs. It has no exports.
 *
 * @packageDocumentation
 */
import { Engine } from './engine/engine.ts'
import { mediaSourceMaker } from './engine/media-source.ts'
import type { EngineCommand, EngineReport } from './engine/protocol.ts'

/** What of a worker's scope is used; the types of pages and of workers cannot be loaded together. */
interface WorkerScope {
  postMessage(message: unknown, transfer: readonly Transferable[]): void
  addEventListener(type: 'message', listener: (event: MessageEvent<EngineCommand>) => void): void
}

const scope = globalThis as unknown as WorkerScope

const tell = (report: EngineReport): void => {
  if (report.type !== 'source') {
    scope.postMessage(report, [])
    return
  }
  const { handle } = report.source as MediaSource & { readonly handle: MediaSourceHandle }
  scope.postMessage({ ...report, source: handle }, [handle as unknown as Transferable])
}

const engine = new Engine(tell)
scope.addEventListener('message', ({ data }) => engine.handle(data))
tell({ type: 'ready', able: mediaSourceMaker()?.maker.canConstructInDedicatedWorker === true })
