import type { ServerLimits } from '../contract/limits.ts'
import { addressGroup } from '../transport/address.ts'
import { Counts } from './counts.ts'
import { Crowd } from './crowd.ts'
import { RequestRate, type RequestVerdict } from './request-rate.ts'
import type { SharedCounts } from './shared-counts.ts'

const SECOND_MS = 1000

/** What somebody comes as: a client, or a socket over which one may ask by HTTP. */
export type Way = 'client' | 'http'

/** Who may still come in: counts of what is open, and of what came within the present second. */
export class Admission {
  #limits: ServerLimits
  /** Clients, and sockets that may become one. */
  readonly #clients = new Crowd('connections', 'open', 'address ')
  /** Sockets that speak HTTP and carry no client, or several. */
  readonly #http = new Crowd('HTTP sockets', 'http', 'http ')
  readonly #byApp = new Counts()
  readonly #requests = new RequestRate()
  #open = 0
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
    this.#clients.share(others)
    this.#http.share(others)
  }

  /** Clients that are connected. */
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

  /** Sockets that speak HTTP, without those that are a client's. */
  get httpSockets(): number {
    return this.#http.size
  }

  /** Requests over HTTP that were refused, because there were too many of them. */
  get refusedRequests(): number {
    return this.#requests.refused
  }

  /** A socket was made that is no client, or not yet; it counts until it goes, or becomes one. */
  openedSocket(address: string, way: Way): void {
    this.#crowd(way).count(address, 1)
  }

  /** ... and has gone, or become one. */
  closedSocket(address: string, way: Way): void {
    this.#crowd(way).count(address, -1)
  }

  /** Why an address may not connect now; `undefined` when it may. Counts the attempt. */
  refusal(address: string, now: number, way: Way = 'client'): string | undefined {
    const why = way === 'http' ? this.#httpBound(address, now) : this.#bound(address, now)
    if (why !== undefined) {
      this.#turnedAway += 1
      return why
    }
    if (way === 'http') return undefined
    this.#newInSecond += 1
    this.#others?.changed('new', 1)
    if (this.#limits.newConnectionsPerSecondPerAddress > 0) {
      const group = addressGroup(address)
      this.#newByAddress.add(group, 1)
      this.#others?.changed(`new ${group}`, 1)
    }
    return undefined
  }

  /** A request over HTTP has come from an address; whether it is answered, see {@link RequestRate.ask}. */
  asked(address: string, now: number): RequestVerdict {
    const { httpRequestsPerSecondPerAddress } = this.#limits
    return this.#requests.ask(address, now, httpRequestsPerSecondPerAddress, this.#clients.from(address))
  }

  /** A request is passed on to another node, which counts it: the clients it may be for are there. */
  passedOn(address: string): void {
    this.#requests.giveBack(address)
  }

  /** The other node has not let it in, or cannot be reached: it counts here after all, so that nobody has any number of them passed on. */
  notAnsweredThere(address: string): void {
    this.#requests.takeBack(address)
  }

  /** Why a request was refused, in words. */
  requestsRefusal(address: string): string {
    const { httpRequestsPerSecondPerAddress } = this.#limits
    return `more than ${httpRequestsPerSecondPerAddress} requests over HTTP in a second from ${addressGroup(address)}`
  }

  /** A client has come; other nodes of the cluster are none. */
  opened(address: string): void {
    this.#open += 1
    this.#total += 1
    this.#clients.count(address, 1)
  }

  /** A client has gone. */
  closed(address: string): void {
    this.#open -= 1
    this.#clients.count(address, -1)
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

  #crowd(way: Way): Crowd {
    return way === 'http' ? this.#http : this.#clients
  }

  /** A socket that is opened costs what a request does: nobody opens any number of them to ask nothing. */
  #httpBound(address: string, now: number): string | undefined {
    const { httpSockets, httpSocketsPerAddress } = this.#limits
    const full = this.#http.refusal(address, httpSockets, httpSocketsPerAddress)
    if (full !== undefined || this.asked(address, now) === 'answered') return full
    return this.requestsRefusal(address)
  }

  #bound(address: string, now: number): string | undefined {
    const { connections, connectionsPerAddress, newConnectionsPerSecond, newConnectionsPerSecondPerAddress } =
      this.#limits
    if (now - this.#secondBegan >= SECOND_MS) {
      this.#secondBegan = now
      this.#newInSecond = 0
      this.#newByAddress.clear()
    }
    const full = this.#clients.refusal(address, connections, connectionsPerAddress)
    if (full !== undefined) return full
    if (newConnectionsPerSecond > 0 && this.#newInSecond + this.#ofOthers('new') >= newConnectionsPerSecond) {
      return `more than ${newConnectionsPerSecond} new connections in a second`
    }
    const group = addressGroup(address)
    if (
      newConnectionsPerSecondPerAddress > 0 &&
      this.#newByAddress.of(group) + this.#ofOthers(`new ${group}`) >= newConnectionsPerSecondPerAddress
    ) {
      return `more than ${newConnectionsPerSecondPerAddress} new connections in a second from ${group}`
    }
    return undefined
  }
}
