/** Options of a shared object. */
export interface SharedObjectOptions {
  /** Whether the server keeps it when nobody uses it. Default false. Must be what its other users say. */
  readonly persistent?: boolean
}

/** What a {@link RemoteSharedObject} tells. */
export interface SharedObjectEvents {
  /** A property has been set, by somebody else or, where `isOwn`, as asked for here. */
  readonly change: { readonly property: string; readonly value: unknown; readonly isOwn: boolean }
  /** A property is gone. */
  readonly remove: { readonly property: string }
  /** All properties are gone; what the server has follows. */
  readonly clear: undefined
  /** A user of the object, this one too, has called a handler of all of them. */
  readonly message: { readonly handler: string; readonly values: readonly unknown[] }
  /** The server could not do something. */
  readonly status: { readonly code: string; readonly level: string }
}

/** A shared object at the server: properties that all its users see, and messages from each of them to all. */
export interface RemoteSharedObject {
  /** As it was asked for. */
  readonly name: string
  /** Whether the server was asked to keep it when nobody uses it. */
  readonly isPersistent: boolean
  /** Resolves when the server has let us use it for the first time; rejects when that cannot be any more. */
  readonly used: Promise<void>
  /** Counts the object's changes, as the server does. */
  readonly version: number
  /** Names of the properties. */
  readonly properties: readonly string[]
  /** The value of a property. */
  get(property: string): unknown
  /** Calls `listener` at every event of that name; returns a function that takes it away again. */
  on<Name extends keyof SharedObjectEvents>(
    name: Name,
    listener: (value: SharedObjectEvents[Name]) => void,
  ): () => void
  /** Asks for a property to be set; `change` tells when it is. @throws RtmpClientError `CONNECTION_LOST`, `CLOSED`; UsageError */
  set(property: string, value: unknown): void
  /** Asks for a property to be removed; `remove` tells when it is. @throws as {@link set} */
  remove(property: string): void
  /** Calls a handler of all users of the object. @throws as {@link set} */
  send(handler: string, ...args: readonly unknown[]): void
  /** Leaves it: nothing more is heard of it. */
  close(): void
}
