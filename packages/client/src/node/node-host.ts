import { createHash, createHmac, randomFillSync } from 'node:crypto'
import type { ClientHost } from '../core/host.ts'
import { type DialOptions, dial } from './dial.ts'

/** Node's clock, timers, chance and sockets. */
export const nodeHost = (options: DialOptions = {}): ClientHost => ({
  now: () => performance.now(),
  schedule(delayMs, run) {
    const timer = setTimeout(run, delayMs)
    return () => clearTimeout(timer)
  },
  random: () => Math.random(),
  crypto: {
    hmacSha256: (key, message) => createHmac('sha256', key).update(message).digest(),
    randomBytes: (count) => randomFillSync(new Uint8Array(count)),
  },
  md5: (text) => createHash('md5').update(text).digest(),
  dial: (target) => dial(target, options),
})
