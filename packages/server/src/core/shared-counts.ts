/**
 * What other processes of the same server have counted against its limits.
 *
 * Keys: `open` and `address <group>` for clients, `http` and `http <group>` for sockets that speak HTTP, `app <name>`, `player <path>`; `new` and
 * `new <group>` for attempts within a second.
 */
export interface SharedCounts {
  /** What the others have counted. */
  of(key: string): number
  /** Something was counted here. */
  changed(key: string, by: number): void
}
