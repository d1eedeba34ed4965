import { fromHex } from '@rtmp/testkit'

export const u29 = (value: number): string =>
  [(value >> 22) | 0x80, ((value >> 15) & 0x7f) | 0x80, ((value >> 8) & 0x7f) | 0x80, value & 0xff]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
/** `[[], [0, 0], [1, 1], …]` by references: two to the count if they were followed. */
export const bomb = (count: number): Uint8Array =>
  fromHex(
    `09${u29((count + 1) * 2 + 1)}01 090101${Array.from({ length: count }, (_, i) => {
      const reference = `09${u29((i + 1) * 2)}`
      return `090501${reference}${reference}`
    }).join('')}`,
  )
