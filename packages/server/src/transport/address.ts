import ipaddr from 'ipaddr.js'

/** Bits of an IPv6 address that one customer of a network is usually given (RFC 6177). */
const IPV6_GROUP_BITS = 64

/**
 * An address in the one form that rules, limits, bans and logs see: an IPv4 address as such, though it came over a socket that
 * speaks IPv6 as well (`::ffff:192.0.2.7`, however it is written), IPv6 as RFC 5952 writes it. What is no IP address stays as it is.
 */
export const plainAddress = (address: string): string => {
  if (!address.includes(':')) return address
  const [bare = '', zone] = address.split('%', 2)
  if (!ipaddr.IPv6.isValid(bare)) return address
  const parsed = ipaddr.IPv6.parse(bare)
  if (parsed.isIPv4MappedAddress()) return parsed.toIPv4Address().toString()
  return zone === undefined ? parsed.toRFC5952String() : `${parsed.toRFC5952String()}%${zone}`
}

/**
 * What counts as one client where clients are counted: an IPv4 address, or the /64 network of an IPv6 address, since whoever has one
 * of its addresses has 2⁶⁴.
 */
export const addressGroup = (address: string): string => {
  const plain = plainAddress(address).replace(/%.*$/, '')
  if (!plain.includes(':') || !ipaddr.IPv6.isValid(plain)) return plain
  const network = ipaddr.IPv6.networkAddressFromCIDR(`${plain}/${IPV6_GROUP_BITS}`)
  return `${network.toRFC5952String()}/${IPV6_GROUP_BITS}`
}
