/** A node of the cluster, as the others know it. */
export interface Owner {
  /** Different for each node, and for each start of it: 1 to 128 characters. */
  readonly id: string
  /** Where the others reach it, in words of the caller's own (a URL, JSON): 0 to 1024 characters. */
  readonly address: string
}

/** Who has a stream. */
export interface Entry {
  /** The stream's path, 1 to 1024 characters. */
  readonly path: string
  /** Where to fetch the stream. */
  readonly owner: Owner
  /**
   * Rises with every claim, over all paths: of two claims of a path the one with the higher fence is the later one.
   * `max(now of the directory in ms, last + 1)`.
   */
  readonly fence: number
  /** How long the claim lasts if it is not renewed, by the directory's clock, in milliseconds: 0 to the lease. */
  readonly expiresIn: number
}

/** A stream that is ours, as long as it is renewed. */
export interface Claim {
  /** 1 to 1024 characters. */
  readonly path: string
  /** Ourselves. */
  readonly owner: Owner
  /** As in {@link Entry}. A renewal can raise it, never lower it. */
  readonly fence: number
  /** Tells this claim from others of the same owner. */
  readonly token: string
  /** How long it lasts from the moment the call was made, in milliseconds. */
  readonly lease: number
}

/** How a claim is made. */
export interface ClaimOptions {
  /** Take the path from whoever has it. Default false: it stays with the owner whose lease is not over. */
  readonly takeOver?: boolean
}

/** The path is ours; or it stays with another, and for how long at least. */
export type ClaimResult =
  | { readonly kind: 'claimed'; readonly claim: Claim }
  | { readonly kind: 'held'; readonly entry: Entry }

/** The claim lasts on, perhaps with a higher fence; or it is another's now. */
export type RenewResult =
  | { readonly kind: 'renewed'; readonly claim: Claim }
  | { readonly kind: 'lost'; readonly entry: Entry }

/** What a watch tells. */
export type DirectoryChange =
  /** A path has an owner: another one than before, or the same with a higher fence. */
  | { readonly kind: 'claimed'; readonly entry: Entry }
  /** A path has no owner any more; `'unknown'` when that happened while nobody could watch. */
  | {
      readonly kind: 'gone'
      readonly path: string
      readonly fence: number
      readonly reason: 'released' | 'expired' | 'unknown'
    }
  /** Everything there is has been told: at the beginning, and again after the directory was away. */
  | { readonly kind: 'current' }
  /** The directory cannot be reached. What was told stands until it says otherwise. Once for each absence. */
  | { readonly kind: 'away'; readonly error: unknown }

/** A watch that runs. */
export interface DirectoryWatch {
  /** Ends it: nothing is told afterwards. */
  close(): void
}

/**
 * Who has which stream, for all nodes of a cluster.
 *
 * A claim gives a lease and a fence. It is renewed well before the lease is over (each second, of three); a node that does
 * not renew loses its paths. All time is the directory's: nodes' clocks may say what they like. A node whose call fails
 * with `DIRECTORY_AWAY` does not know whether it was carried out: it calls again, which is always safe.
 *
 * For one path, the fences that a directory tells one node never fall, whatever the directory itself forgets: nodes bring
 * what they know with them.
 */
export interface Directory {
  /** The lease of its claims in milliseconds. */
  readonly lease: number
  /**
   * Claims a path. The same owner may claim again and gets a new claim with a higher fence; the old one is lost.
   *
   * @throws DirectoryError
   */
  claim(path: string, owner: Owner, options?: ClaimOptions): Promise<ClaimResult>
  /**
   * Makes a claim last for another lease. One that is over, or that the directory has forgotten, begins again with a higher
   * fence if nobody else has the path.
   *
   * @throws DirectoryError
   */
  renew(claim: Claim): Promise<RenewResult>
  /**
   * Gives a path back. True when it was this claim's.
   *
   * @throws DirectoryError
   */
  release(claim: Claim): Promise<boolean>
  /**
   * Who has a path; `undefined` when nobody has.
   *
   * @throws DirectoryError
   */
  resolve(path: string): Promise<Entry | undefined>
  /**
   * Tells what there is, and from then on what changes. Goes on by itself when the directory was away, and then tells
   * what changed in the meantime. A listener must not throw.
   */
  watch(listener: (change: DirectoryChange) => void): DirectoryWatch
  /** Ends its watches and connections. Every call afterwards fails with `DIRECTORY_CLOSED`. */
  close(): Promise<void>
}

/** Three seconds, of which one may be lost before the next renewal, and another one to a slow network. */
export const DEFAULT_LEASE = 3000
