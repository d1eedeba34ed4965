import { UsageError } from '@rtmp/bytes'
import ipaddr from 'ipaddr.js'

type Address = ipaddr.IPv4 | ipaddr.IPv6
type Range = readonly [Address, number]

/** An address that is looked for in several lists, read once; `undefined` for what is no IP address. */
export type ParsedAddress = Address | undefined

/** Reads an address. */
export const parsedAddress = (address: string): ParsedAddress => {
  const bare = address.replace(/%.*$/, '')
  return ipaddr.isValid(bare) ? ipaddr.process(bare) : undefined
}

/**
 * Addresses and networks: `'192.0.2.7'`, `'10.0.0.0/8'`, `'2001:db8::/32'`. An IPv4 address that came over a socket of
 * both kinds (`::ffff:192.0.2.7`) counts as IPv4.
 */
export class AddressList {
  readonly #ranges: readonly Range[]

  /**
   * @param path - The option's name, for the error.
   * @throws UsageError `ADDRESS_INVALID`
   */
  constructor(entries: readonly string[], path = 'addresses') {
    this.#ranges = entries.map((entry, i) => rangeOf(entry, `${path}[${i}]`))
  }

  get isEmpty(): boolean {
    return this.#ranges.length === 0
  }

  /** Whether the address is one of these; what is no IP address is not. */
  has(address: string): boolean {
    return this.#ranges.length > 0 && this.holds(parsedAddress(address))
  }

  /** The same for an address that was read already. */
  holds(parsed: ParsedAddress): boolean {
    if (parsed === undefined) return false
    return this.#ranges.some(
      ([network, bits]) => network.kind() === parsed.kind() && parsed.match(network, bits),
    )
  }
}

const rangeOf = (entry: string, path: string): Range => {
  try {
    if (entry.includes('/')) {
      const [network, bits] = ipaddr.parseCIDR(entry)
      return [network, bits]
    }
    const address = ipaddr.process(entry)
    return [address, address.kind() === 'ipv4' ? 32 : 128]
  } catch (cause) {
    const wanted = "an IP address or a network such as '10.0.0.0/8' or '2001:db8::/32'"
    throw new UsageError('ADDRESS_INVALID', `'${entry}' is not ${wanted}`, path, { cause })
  }
}

/** Every address of this machine's loopback. */
export const LOOPBACK: readonly string[] = ['127.0.0.0/8', '::1']
