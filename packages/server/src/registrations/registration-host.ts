import type { LiveStream } from '@rtmp/live/engine'
import type { TapListener } from '../contract/tap-listener.ts'
import type { ServerEvents } from '../contract/events.ts'
import type { LocalPublisher } from '../contract/local-publisher.ts'

/** What registrations need of the server they stand in; a `ServerCore` is one. */
export interface RegistrationHost {
  readonly events: {
    on<Name extends keyof ServerEvents>(name: Name, listener: (event: ServerEvents[Name]) => void): () => void
  }
  readonly registry: {
    find(app: string, streamName: string): LiveStream | undefined
    readonly options: { readonly secondPublisher: string }
  }
  readonly sessionOptions: { readonly crypto: { randomBytes(count: number): Uint8Array } }
  inject(app: string, streamName: string): LocalPublisher | undefined
  tap(app: string, streamName: string, listener: TapListener): () => void
  failed(where: string, error: unknown): void
  readonly door: {
    /** Sees to what a callback has returned. */
    returned(where: string, answer: unknown): void
    /** Calls a callback that is only told. */
    call(where: string, callback: () => unknown): void
  }
}
