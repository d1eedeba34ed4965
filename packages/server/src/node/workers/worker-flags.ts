/**
 * The most that a half of a worker's young generation may grow to, in MB; Node's own default is 16. A worker does its part of what one
 * process would do, and what is given up lies there until it is full, with the memory of payloads behind it.
 */
const YOUNG_HALF_MB = 4

const FLAG = /--max[-_]semi[-_]space[-_]size/

/**
 * The flags of Node that workers are started with: those of the primary, and one for memory where whoever runs it has not set it.
 *
 * @param own - The flags of the primary.
 * @param inherited - What `NODE_OPTIONS` says, which workers inherit.
 */
export const workerFlags = (own: readonly string[], inherited = ''): string[] =>
  FLAG.test(inherited) || own.some((flag) => FLAG.test(flag))
    ? [...own]
    : [...own, `--max-semi-space-size=${YOUNG_HALF_MB}`]
