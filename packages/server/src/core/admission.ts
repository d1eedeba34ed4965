import type { ServerLimits } from '../contract/limits.ts'
import { addressGroup } from '../transport/address.ts'
import { Counts } from './counts.ts'
import type { SharedCounts } from './shared-counts.ts'

const SECOND_MS = 1000

/** Connections to the HTTP port that are let in when the server is full, so that it can still be asked how it is. */
const HTTP_RESERVE = 16

/** Who may still come in: counts of what is open, and of what came within the present second. */
export class Admission {
  #limits: ServerLimits
  readonly #byAddress = new Counts()
  readonly #byApp = new Counts()
  #open = 0
  #openSockets = 0
  #total = 0
  #turnedAway = 0
  #secondBegan = Number.NEGATIVE_INFINITY
  #newInSecond = 0
  /** Forgotten with each second, so that addresses that try leave nothing behind. */
  readonly #newByAddress = new Counts()
  #others: SharedCounts | undefined

  constructor(limits: ServerLimits) {
    this.#limits = limits
  }

  /** Other limits hold from now on; who is there stays. */
  setLimits(limits: ServerLimits): void {
    this.#limits = limits
  }

  /** Counts what other processes of the same server count as well. */
  share(others: SharedCounts): void {
    this.#others = others
  }

  /** Connections that speak RTMP, or are about to. */
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

  /** A socket was made that speaks HTTP, or no RTMP yet; it counts like others until it goes, or becomes a connection of RTMP. */
  openedSocket(address: string): void {
    this.#openSockets += 1
    this.#others?.changed('http', 1)
    this.#countAddress(address, 1)
  }

  /** ... and has gone, or become one. */
  closedSocket(address: string): void {
    this.#openSockets -= 1
    this.#others?.changed('http', -1)
    this.#countAddress(address, -1)
  }

  /** Why an address may not connect now; `undefined` when it may. Counts the attempt. */
  refusal(address: string, now: number, way: 'rtmp' | 'http' = 'rtmp'): string | undefined {
    if (now - this.#secondBegan >= SECOND_MS) {
      this.#secondBegan = now
      this.#newInSecond = 0
      this.#newByAddress.clear()
    }
    const why = this.#bound(address, way === 'http' ? HTTP_RESERVE : 0)
    if (why !== undefined) {
      this.#turnedAway += 1
      return why
    }
    this.#newInSecond += 1
    this.#others?.changed('new', 1)
    if (this.#limits.newConnectionsPerSecondPerAddress > 0) {
      const group = addressGroup(address)
      this.#newByAddress.add(group, 1)
      this.#others?.changed(`new ${group}`, 1)
    }
    return undefined
  }

  /** A connection was made. */
  opened(address: string): void {
    this.#open += 1
    this.#total += 1
    this.#others?.changed('open', 1)
    this.#countAddress(address, 1)
  }

  /** A connection has gone. */
  closed(address: string): void {
    this.#open -= 1
    this.#others?.changed('open', -1)
    this.#countAddress(address, -1)
  }

  /** Whether one more may be connected to an app. */
  hasRoomIn(app: string): boolean {
    const { connectionsPerApp } = this.#limits
    return connectionsPerApp === 0 || this.#byApp.of(app) + this.#ofOthers(`app ${app}`) < connectionsPerApp
  }

  /** `connect` to an app was accepted. */
  enteredApp(app: string): void {
    this.#byApp.add(app, 1)
    this.#others?.changed(`app ${app}`, 1)
  }

  /** A connection whose `connect` was accepted has ended. */
  leftApp(app: string): void {
    this.#byApp.add(app, -1)
    this.#others?.changed(`app ${app}`, -1)
  }

  #ofOthers(key: string): number {
    return this.#others?.of(key) ?? 0
  }

  #openFrom(group: string): number {
    return this.#byAddress.of(group) + this.#ofOthers(`address ${group}`)
  }

  #countAddress(address: string, by: number): void {
    const group = addressGroup(address)
    this.#byAddress.add(group, by)
    this.#others?.changed(`address ${group}`, by)
  }

  #bound(address: string, reserve: number): string | undefined {
    const { connections, connectionsPerAddress, newConnectionsPerSecond, newConnectionsPerSecondPerAddress } =
      this.#limits
    const open = this.#open + this.#openSockets + this.#ofOthers('open') + this.#ofOthers('http')
    if (connections > 0 && open >= connections + reserve)
      return `there are ${connections} connections already`
    const group = addressGroup(address)
    if (connectionsPerAddress > 0 && this.#openFrom(group) >= connectionsPerAddress) {
      return `there are ${connectionsPerAddress} connections from ${group} already`
    }
    if (newConnectionsPerSecond > 0 && this.#newInSecond + this.#ofOthers('new') >= newConnectionsPerSecond) {
      return `more than ${newConnectionsPerSecond} new connections in a second`
    }
    if (
      newConnectionsPerSecondPerAddress > 0 &&
      this.#newByAddress.of(group) + this.#ofOthers(`new ${group}`) >= newConnectionsPerSecondPerAddress
    ) {
      return `more than ${newConnectionsPerSecondPerAddress} new connections in a second from ${group}`
    }
    return undefined
  }
}
