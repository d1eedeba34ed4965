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

const WHOLE = { ipv4: 32, ipv6: 128 } as const

/** Bits in front of the IPv4 address in `::ffff:192.0.2.7`. */
const MAPPED_BITS = 96

const rangeOf = (entry: string, path: string): Range => {
  try {
    const [text = '', size, ...rest] = entry.split('/')
    if (rest.length > 0 || (size !== undefined && !/^\d{1,3}$/.test(size))) throw new TypeError('no network')
    const address = exactAddress(text)
    const bits = size === undefined ? WHOLE[address.kind()] : Number(size)
    if (bits > WHOLE[address.kind()]) throw new RangeError(`more than ${WHOLE[address.kind()]} bits`)
    if (address.kind() === 'ipv6' && bits >= MAPPED_BITS && (address as ipaddr.IPv6).isIPv4MappedAddress()) {
      return [(address as ipaddr.IPv6).toIPv4Address(), bits - MAPPED_BITS]
    }
    return [address, bits]
  } catch (cause) {
    const wanted = "an IP address or a network such as '10.0.0.0/8' or '2001:db8::/32'"
    throw new UsageError('ADDRESS_INVALID', `'${entry}' is not ${wanted}`, path, { cause })
  }
}

/** Reads an address as people write it: four decimal numbers without leading zeros, which some read as octal, or IPv6. */
const exactAddress = (text: string): Address => {
  if (!text.includes(':') && !ipaddr.IPv4.isValidFourPartDecimal(text)) throw new TypeError('no address')
  return ipaddr.parse(text)
}
