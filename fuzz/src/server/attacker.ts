import type { ServerCore } from '@rtmp/server/engine'
import { GOOD_APP, GOOD_NAME } from './good-pair.ts'
import { MemoryClient } from './memory-client.ts'

/** How far a client behaves before it sends what it likes. */
export const STAGES = [
  'before the handshake',
  'before connect',
  'connected',
  'has a stream',
  'publishes',
  'plays',
  'was refused',
] as const

/** A client that behaves up to a stage; what follows is up to the fuzzer. */
export const enter = (core: ServerCore, stage: number, name: string, now: number): MemoryClient => {
  const client = new MemoryClient(core)
  switch (STAGES[stage]) {
    case 'before the handshake':
      return client
    case 'before connect':
      return client.pump(now)
    case 'connected':
      return client.connect('live', now)
    case 'has a stream':
      return client.open('live', now)
    case 'publishes':
      return client.publish('live', name, now)
    case 'plays':
      return client.play(GOOD_APP, GOOD_NAME, now)
    default:
      return client.publish(GOOD_APP, GOOD_NAME, now)
  }
}
