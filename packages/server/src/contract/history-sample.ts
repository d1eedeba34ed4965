/** The server at one moment of the last hour. */
export interface HistorySample {
  /** Milliseconds since 1970. */
  readonly at: number
  /** Over the time since the sample before. */
  readonly bitsPerSecondIn: number
  readonly bitsPerSecondOut: number
  readonly publishers: number
  readonly players: number
  readonly streams: number
  readonly connections: number
  /** Of one core, in percent: with several threads it may be more than 100. */
  readonly cpuPercent: number
  /** Of the whole process; 0 where the system does not tell, as in a root without `/proc`. */
  readonly memoryBytes: number
  /** Of objects in JavaScript. */
  readonly heapBytes: number
  /** Media kept for late joiners, and waiting for players. */
  readonly mediaBytes: number
  /** How late the process was for its timers, 99 of 100 times at most, and at the worst, in milliseconds. */
  readonly loopDelayMs: number
  readonly loopDelayMaxMs: number
}
