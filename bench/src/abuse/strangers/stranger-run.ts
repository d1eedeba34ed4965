import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { quantile } from '../../server/bench-run.ts'
import { LightClient } from '../../server/light-client.ts'
import { Load } from '../../server/load.ts'
import { type Account, Accounting } from '../abuse-run.ts'
import { WatchedServer } from '../watched-server.ts'
import { after, RawStranger } from './raw-stranger.ts'
import type { Scene, Stranger } from './stranger.ts'

/** The budget of each run. */
export const BUDGET_BYTES = 64 << 20
/** What may be resident beside the budget: what the server takes with nobody there, and garbage. */
const BESIDE_BYTES = 150e6
const PLAYERS = 3
const CALM_MS = 1500
const SAMPLE_MS = 100
/** From one look at the account to the next: the garbage is collected for it. */
const ACCOUNT_MS = 1000
/** After which a connect is taken to have failed; who connects shares his process with the stranger. */
const CONNECT_MS = 30_000

/** How it went. */
export interface StrangerResult {
  readonly stranger: Stranger
  /** Bytes that were sent over RTMP. */
  readonly sent: number
  /** Most resident memory, before and while it went on, in bytes. */
  readonly before: number
  readonly peak: number
  /** What the budget counted, and what there was; the last is of the end. */
  readonly accounts: readonly Account[]
  readonly seconds: number
  readonly witness: {
    readonly messages: number
    readonly lost: number
    readonly p99: number
    readonly connects: number
    readonly refused: number
  }
  readonly end: string
  readonly faults: readonly string[]
}

/** Milliseconds of a connect, or why there was none. */
const connectOnce = async (port: number): Promise<number | string> => {
  const began = performance.now()
  const client = new LightClient(port)
  try {
    const late = after(CONNECT_MS).then(() => {
      throw new Error('it took too long')
    })
    await Promise.race([client.connect('live'), late])
    return performance.now() - began
  } catch (error) {
    return (error as Error).message
  } finally {
    client.destroy()
  }
}

const asker =
  (port: number): Scene['ask'] =>
  (path, headers = {}) =>
    new Promise((resolve) => {
      const options = { port, host: '127.0.0.1', path, headers, agent: false, timeout: 5000 }
      request(options, (response) => response.resume().once('end', () => resolve(response.statusCode ?? 0)))
        .once('error', (error) => resolve(error.message))
        .end()
    })

/** Lets a stranger at a fresh server with a publisher, players and new clients beside him. */
export const runStranger = async (
  stranger: Stranger,
  seconds: number,
  isBuilt: boolean,
): Promise<StrangerResult> => {
  const folder = await mkdtemp(join(tmpdir(), 'rtmp-strangers-'))
  const file = join(folder, 'rtmp.json')
  const { configuration = {}, query = '' } = stranger.prepare?.() ?? {}
  await writeFile(file, JSON.stringify(configuration))
  const args = [
    '--config',
    file,
    '--limits-memory-bytes',
    String(BUDGET_BYTES),
    ...(stranger.server?.args ?? []),
  ]
  const server = await WatchedServer.start({ ...stranger.server, isBuilt, args })
  const witness = Load.start()
  const clients: RawStranger[] = []
  const raw = (): RawStranger => {
    const client = new RawStranger(server.port)
    clients.push(client)
    return client
  }
  let isOver = false
  try {
    const { port } = server
    await witness.tell({ kind: 'publish', port, names: [`bench${query}`], scale: 1 })
    await witness.tell({ kind: 'play', port, name: 'bench', count: PLAYERS, sampled: true })
    await after(CALM_MS)
    const accounting = await Accounting.begin(server)
    const before = server.resident
    await witness.tell({ kind: 'reset' })
    let peak = before
    const began = performance.now()
    const second = (): number => (performance.now() - began) / 1000
    const connects: (number | string)[] = []
    const sampling = (async () => {
      for (; !isOver && server.isAlive; await after(SAMPLE_MS)) peak = Math.max(peak, server.resident)
    })()
    const counting = (async () => {
      for (; !isOver && server.isAlive; await after(ACCOUNT_MS)) await accounting.read(second())
    })()
    const connecting = (async () => {
      // File descriptors that a stranger has taken are nobody's.
      for (; !isOver && stranger.server?.descriptors === undefined; await after(500))
        connects.push(await connectOnce(port))
    })()
    const faults: string[] = []
    const end = await stranger
      .act({ server, seconds, raw, ask: asker(server.httpPort) })
      .catch((error: unknown) => {
        faults.push(String(error))
        return 'it went wrong'
      })
    isOver = true
    const lasted = second()
    await Promise.all([sampling, counting, connecting])
    await accounting.read(second())
    const last = await server.sample().catch(() => undefined)
    const { messages, gaps, backwards, closed, latencies } = await witness.tell({ kind: 'read' })
    const found = {
      messages,
      lost: gaps + backwards + closed,
      p99: quantile(latencies, 0.99),
      connects: connects.filter((one) => typeof one === 'number').length,
      refused: connects.filter((one) => typeof one === 'string').length,
    }
    if (!server.isAlive) faults.push(`the server has ended: ${server.said.slice(-500)}`)
    if (last === undefined || last.errors > 0)
      faults.push(`the server has noted ${last?.errors} errors of its own`)
    if (found.lost > 0 || messages === 0)
      faults.push(`the witness lost ${found.lost} of ${messages} messages`)
    if (found.refused > 0)
      faults.push(
        `${found.refused} connects failed: ${connects.filter((one) => typeof one === 'string').at(0)}`,
      )
    if (peak - before > BUDGET_BYTES + BESIDE_BYTES - BASE_BYTES) faults.push(`${peak} bytes were resident`)
    const sent = clients.reduce((sum, client) => sum + client.sent, 0)
    const { accounts } = accounting
    return {
      stranger,
      sent,
      before,
      peak,
      accounts,
      seconds: lasted,
      witness: found,
      end,
      faults,
    }
  } finally {
    isOver = true
    for (const { socket } of clients) socket.destroy()
    await witness.stop()
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

/** What the server as it is built has resident with nobody there. */
const BASE_BYTES = 80e6
