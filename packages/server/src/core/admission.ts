import type { ServerLimits } from './limits.ts'

const SECOND_MS = 1000

/** Who may still come in: counts of what is open, and of what came within the present second. */
export class Admission {
  #limits: ServerLimits
  readonly #byAddress = new Map<string, number>()
  readonly #byApp = new Map<string, number>()
  #open = 0
  #total = 0
  #turnedAway = 0
  #secondBegan = Number.NEGATIVE_INFINITY
  #newInSecond = 0
  /** Forgotten with each second, so that addresses that try leave nothing behind. */
  readonly #newByAddress = new Map<string, number>()

  constructor(limits: ServerLimits) {
    this.#limits = limits
  }

  /** Other limits hold from now on; who is there stays. */
  setLimits(limits: ServerLimits): void {
    this.#limits = limits
  }

  get open(): number {
    return this.#open
  }

  /** Connections since the start. */
  get total(): number {
    return this.#total
  }

  /** Connections that were not let in. */
  get turnedAway(): number {
    return this.#turnedAway
  }

  /** Why an address may not connect now; `undefined` when it may. Counts the attempt. */
  refusal(address: string, now: number): string | undefined {
    if (now - this.#secondBegan >= SECOND_MS) {
      this.#secondBegan = now
      this.#newInSecond = 0
      this.#newByAddress.clear()
    }
    const why = this.#bound(address)
    if (why !== undefined) {
      this.#turnedAway += 1
      return why
    }
    this.#newInSecond += 1
    if (this.#limits.newConnectionsPerSecondPerAddress > 0) count(this.#newByAddress, address, 1)
    return undefined
  }

  /** A connection was made. */
  opened(address: string): void {
    this.#open += 1
    this.#total += 1
    count(this.#byAddress, address, 1)
  }

  /** A connection has gone. */
  closed(address: string): void {
    this.#open -= 1
    count(this.#byAddress, address, -1)
  }

  /** Whether one more may be connected to an app. */
  hasRoomIn(app: string): boolean {
    const { connectionsPerApp } = this.#limits
    return connectionsPerApp === 0 || (this.#byApp.get(app) ?? 0) < connectionsPerApp
  }

  /** `connect` to an app was accepted. */
  enteredApp(app: string): void {
    count(this.#byApp, app, 1)
  }

  /** A connection whose `connect` was accepted has ended. */
  leftApp(app: string): void {
    count(this.#byApp, app, -1)
  }

  #bound(address: string): string | undefined {
    const { connections, connectionsPerAddress, newConnectionsPerSecond, newConnectionsPerSecondPerAddress } =
      this.#limits
    if (connections > 0 && this.#open >= connections) return `there are ${connections} connections already`
    if (connectionsPerAddress > 0 && (this.#byAddress.get(address) ?? 0) >= connectionsPerAddress) {
      return `there are ${connectionsPerAddress} connections from ${address} already`
    }
    if (newConnectionsPerSecond > 0 && this.#newInSecond >= newConnectionsPerSecond) {
      return `more than ${newConnectionsPerSecond} new connections in a second`
    }
    if (
      newConnectionsPerSecondPerAddress > 0 &&
      (this.#newByAddress.get(address) ?? 0) >= newConnectionsPerSecondPerAddress
    ) {
      return `more than ${newConnectionsPerSecondPerAddress} new connections in a second from ${address}`
    }
    return undefined
  }
}

const count = (counts: Map<string, number>, key: string, by: number): void => {
  const sum = (counts.get(key) ?? 0) + by
  if (sum > 0) counts.set(key, sum)
  else counts.delete(key)
}
