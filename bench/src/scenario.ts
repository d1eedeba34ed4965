/** One side of a comparison. */
export interface Contender {
  /** One round: runs for some 100 to 300 ms of CPU and gives the metric. Throwing marks the contender as failed. */
  measure(): number | Promise<number>
}

/** Something worth measuring, for us and for every peer that does the same job. */
export interface Scenario {
  /** Unique, with the package in front: `amf0 decode onMetaData`. */
  readonly name: string
  /** What is counted: `operations`, `throughput`, … */
  readonly metric: string
  /** Unit of the metric: `1/s`, `MB/s`, `s/GB`, `ms`, `kB`. */
  readonly unit: string
  readonly better: 'higher' | 'lower'
  readonly ours: Contender
  readonly peers: Readonly<Record<string, Contender>>
}

/** Ours as a multiple of a peer's: the geometric mean over the rounds, and its 95 % interval. */
export interface Ratio {
  readonly of: number
  readonly low: number
  readonly high: number
}

/** A scenario's outcome as it is printed and written to JSON; figures are medians over the rounds. */
export interface ScenarioResult {
  readonly scenario: string
  readonly metric: string
  readonly unit: string
  readonly better: 'higher' | 'lower'
  readonly ours: number
  readonly peers: Readonly<Record<string, number>>
  /** Peers that threw, with what they said. */
  readonly failed: Readonly<Record<string, string>>
  /** Ours as a multiple of each peer's, where there are two rounds or more. */
  readonly ratios?: Readonly<Record<string, Ratio>>
  readonly rounds: number
}
