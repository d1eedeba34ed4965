import type { ChunkLeniency } from './leniency.ts'
import type { ChunkLimits } from './limits.ts'
import type { SlabPool } from './slab-pool.ts'

/** Options of a `ChunkReader`. */
export interface ChunkReaderOptions {
  /** Bounds of this connection; `DEFAULT_CHUNK_LIMITS` where not given. */
  readonly limits?: Partial<ChunkLimits>
  /** Take only what RTMP 1.0 allows: every leniency off unless named in `leniency`. Default `false`. */
  readonly strict?: boolean
  /** Single leniencies, over those of the mode. */
  readonly leniency?: Partial<ChunkLeniency>
  /** Where small payloads are cut from; one pool shared by all readers unless given. */
  readonly pool?: SlabPool
  /** Where the first pushed byte stands in the connection, for `bytesRead` and errors. Default 0. */
  readonly position?: number
}
