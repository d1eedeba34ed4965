/** Somebody who does things, and can be stopped or killed: a process. */
export interface Party {
  readonly name: string
  readonly isDead: boolean
  /** Does something now, or when the process goes on, or never. */
  run(task: () => void): void
}

/** A client: nothing happens to it. */
export const CLIENT: Party = { name: 'a client', isDead: false, run: (task) => task() }
