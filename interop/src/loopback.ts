import { createServer, connect } from 'node:net'

/** The only address that anything here listens on or connects to. */
export const LOOPBACK = '127.0.0.1'

/** A TCP port of the loopback that is free now. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, LOOPBACK, () => {
      const address = probe.address()
      probe.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('no port was given'))
        else resolve(address.port)
      })
    })
  })
}

/** Resolves when something accepts connections on the port; rejects after `limitMs` milliseconds. */
export async function untilListening(port: number, limitMs: number): Promise<void> {
  const end = performance.now() + limitMs
  for (;;) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, LOOPBACK)
      socket.once('connect', () => {
        socket.destroy()
        resolve(true)
      })
      socket.once('error', () => resolve(false))
    })
    if (open) return
    if (performance.now() > end) throw new Error(`nothing listens on port ${port} after ${limitMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
