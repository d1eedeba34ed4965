/**
 * What other processes of the same server have counted against its limits.
 *
 * Keys: `open` and `http` for connections, `address <group>`, `app <name>`, `player <path>`; `new` and `new <group>` for attempts within
 * a second.
 */
export interface SharedCounts {
  /** What the others have counted. */
  of(key: string): number
  /** Something was counted here. */
  changed(key: string, by: number): void
}
