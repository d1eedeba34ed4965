import { Buffer } from 'node:buffer'
import { SlabPool } from '@rtmp/chunk'

/** Payloads of all connections: memory that Node does not clear first, since every byte of it is overwritten. */
export const payloadPool: SlabPool = new SlabPool({
  allocate: (size) => Buffer.allocUnsafeSlow(size) as Uint8Array<ArrayBuffer>,
})
