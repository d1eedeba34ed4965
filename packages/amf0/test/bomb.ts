import { fromHex } from '@rtmp/testkit'

/** `[[], [0, 0], [1, 1], …]` by references: two to the count if they were followed. */
export const bomb = (count: number): Uint8Array =>
  fromHex(
    `0a${(count + 1).toString(16).padStart(8, '0')} 0a00000000${Array.from({ length: count }, (_, i) => {
      const reference = `07${(i + 1).toString(16).padStart(4, '0')}`
      return `0a00000002${reference}${reference}`
    }).join('')}`,
  )
