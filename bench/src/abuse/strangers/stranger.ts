import type { WatchedServer, WatchedServerOptions } from '../watched-server.ts'
import type { RawStranger } from './raw-stranger.ts'

/** What a stranger is given. */
export interface Scene {
  readonly server: WatchedServer
  /** How long it should go on. */
  readonly seconds: number
  /** A client, which goes when all is over. */
  readonly raw: () => RawStranger
  /** Asks the HTTP port; the status, or why there is none. */
  readonly ask: (path: string, headers?: Readonly<Record<string, string>>) => Promise<number | string>
}

/** Somebody whom nobody knows, and what he tries. */
export interface Stranger {
  /** In the table. */
  readonly row: number
  readonly title: string
  readonly sends: string
  readonly server?: WatchedServerOptions
  /** What stands in the server's configuration, and what the witness has to show to publish. */
  readonly prepare?: () => { readonly configuration: object; readonly query?: string }
  /** Tries it. Resolves with how it ended, while all clients are there still. @throws Error when something went wrong */
  readonly act: (scene: Scene) => Promise<string>
}
