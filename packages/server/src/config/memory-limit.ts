/** Bytes, or what goes by the memory there is. */
export type MemoryLimit = number | 'auto'

export const isMemoryLimit = (value: unknown): value is MemoryLimit =>
  value === 'auto' || (Number.isSafeInteger(value) && (value as number) >= 0)
