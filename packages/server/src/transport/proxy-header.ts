import { DecodeError } from '@rtmp/bytes'

/*
 * The PROXY protocol tells a server behind a load balancer who the client is (haproxy.org, proxy-protocol.txt).
 *
 * Version 1, §2.1, text, at most 107 bytes with its CR LF:
 *
 *   PROXY TCP4|TCP6 <source address> <destination address> <source port> <destination port>\r\n
 *   PROXY UNKNOWN <anything>\r\n
 *
 * Version 2, §2.2, binary, numbers big-endian:
 *
 *   12 bytes  0D 0A 0D 0A 00 0D 0A 51 55 49 54 0A
 *    1 byte   version 2 in the high four bits; 0 LOCAL or 1 PROXY in the low ones
 *    1 byte   address family (0 none, 1 IPv4, 2 IPv6, 3 unix) in the high four bits, transport (0 none, 1 stream, 2 datagram)
 *    2 bytes  length of what follows
 *             IPv4: 4 + 4 + 2 + 2 bytes; IPv6: 16 + 16 + 2 + 2; source address, destination address, source port,
 *             destination port; then TLVs: type (1), length (2), value
 */

/** Where a connection comes from or goes to. */
interface ProxyAddress {
  readonly address: string
  readonly port: number
}

/** A header of the PROXY protocol. */
export interface ProxyHeader {
  /** Bytes that it takes at the front of the connection. */
  readonly length: number
  /** The client; `undefined` when the balancer speaks for itself (a health check) or does not know. */
  readonly source: ProxyAddress | undefined
  /** What the client has connected to. */
  readonly destination: ProxyAddress | undefined
  /** Whether the client's own connection to the balancer is encrypted (version 2 says so with a TLV). */
  readonly secure: boolean
}

/** The longest header that is read: 16 bytes and as many addresses and TLVs as any balancer sends. */
export const MAX_PROXY_HEADER_BYTES: number = 16 + 4096

const SIGNATURE = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a] as const
const V1_START = [0x50, 0x52, 0x4f, 0x58, 0x59, 0x20] as const
const V1_MAX_BYTES = 107
const V2_FIXED_BYTES = 16
const TLV_SSL = 0x20
const SSL_CLIENT = 0x01

/**
 * Reads the header at the front of a connection; `undefined` when more bytes are needed.
 *
 * @param bytes - All that has come so far; not kept.
 * @throws DecodeError `PROXY_HEADER_MISSING`, `PROXY_HEADER_INVALID`, `PROXY_HEADER_TOO_LONG`
 */
export const readProxyHeader = (bytes: Uint8Array): ProxyHeader | undefined => {
  if (startsLike(bytes, SIGNATURE)) return bytes.length < V2_FIXED_BYTES ? undefined : readVersion2(bytes)
  if (startsLike(bytes, V1_START)) return readVersion1(bytes)
  throw fault('PROXY_HEADER_MISSING', 'the connection does not begin with a header of the PROXY protocol', 0)
}

/** Whether the bytes begin with this, as far as they go. */
const startsLike = (bytes: Uint8Array, start: readonly number[]): boolean =>
  start.every((byte, i) => i >= bytes.length || bytes[i] === byte)

const readVersion1 = (bytes: Uint8Array): ProxyHeader | undefined => {
  const end = bytes.subarray(0, V1_MAX_BYTES).indexOf(0x0a)
  if (end < 0) {
    if (bytes.length < V1_MAX_BYTES) return undefined
    throw fault('PROXY_HEADER_TOO_LONG', `no end of line within ${V1_MAX_BYTES} bytes`, V1_MAX_BYTES)
  }
  if (bytes[end - 1] !== 0x0d) throw fault('PROXY_HEADER_INVALID', 'the line does not end with CR LF', end)
  const line = String.fromCharCode(...bytes.subarray(0, end - 1))
  const [, family, source, destination, sourcePort, destinationPort, ...rest] = line.split(' ')
  const length = end + 1
  if (family === 'UNKNOWN') return { length, source: undefined, destination: undefined, secure: false }
  if ((family !== 'TCP4' && family !== 'TCP6') || rest.length > 0)
    throw fault('PROXY_HEADER_INVALID', 'neither TCP4, TCP6 nor UNKNOWN with four fields', V1_START.length)
  return {
    length,
    source: { address: addressOf(family, source), port: portOf(sourcePort) },
    destination: { address: addressOf(family, destination), port: portOf(destinationPort) },
    secure: false,
  }
}

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/
const IPV6 = /^(?=.*:)[\da-f:]{2,39}(?:(?<=:)\d{1,3}(?:\.\d{1,3}){3})?$/i

const addressOf = (family: 'TCP4' | 'TCP6', text = ''): string => {
  if (!(family === 'TCP4' ? IPV4 : IPV6).test(text))
    throw fault('PROXY_HEADER_INVALID', `no address of ${family}`, V1_START.length)
  return text.toLowerCase()
}

const portOf = (text = ''): number => {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : -1
  if (port < 0 || port > 0xffff) throw fault('PROXY_HEADER_INVALID', 'a port that is none', V1_START.length)
  return port
}

const readVersion2 = (bytes: Uint8Array): ProxyHeader | undefined => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const command = view.getUint8(12)
  if (command >> 4 !== 2 || (command & 15) > 1)
    throw fault('PROXY_HEADER_INVALID', `version and command 0x${command.toString(16)}`, 12)
  const rest = view.getUint16(14)
  const length = V2_FIXED_BYTES + rest
  if (length > MAX_PROXY_HEADER_BYTES)
    throw fault('PROXY_HEADER_TOO_LONG', `${length} bytes, more than ${MAX_PROXY_HEADER_BYTES}`, 14)
  if (bytes.length < length) return undefined
  const family = view.getUint8(13) >> 4
  const addressBytes = family === 1 ? 4 : family === 2 ? 16 : 0
  const local = (command & 15) === 0
  if (local || addressBytes === 0 || (view.getUint8(13) & 15) === 2)
    return { length, source: undefined, destination: undefined, secure: false }
  const portsAt = V2_FIXED_BYTES + 2 * addressBytes
  if (portsAt + 4 > length)
    throw fault('PROXY_HEADER_INVALID', `addresses of family ${family} in ${rest} bytes`, 14)
  const address = (at: number): string => printed(view, at, addressBytes)
  return {
    length,
    source: { address: address(V2_FIXED_BYTES), port: view.getUint16(portsAt) },
    destination: { address: address(V2_FIXED_BYTES + addressBytes), port: view.getUint16(portsAt + 2) },
    secure: saysSecure(view, portsAt + 4, length),
  }
}

const printed = (view: DataView, at: number, bytes: number): string => {
  if (bytes === 4) return [0, 1, 2, 3].map((i) => view.getUint8(at + i)).join('.')
  const groups = [0, 2, 4, 6, 8, 10, 12, 14].map((i) => view.getUint16(at + i).toString(16))
  return groups.join(':')
}

/** Looks for the TLV that says that the client has come over TLS. */
const saysSecure = (view: DataView, from: number, end: number): boolean => {
  for (let at = from; at < end; ) {
    if (at + 3 > end) throw fault('PROXY_HEADER_INVALID', 'half a TLV', at)
    const size = view.getUint16(at + 1)
    if (at + 3 + size > end)
      throw fault('PROXY_HEADER_INVALID', `a TLV of ${size} bytes beyond the header`, at)
    if (view.getUint8(at) === TLV_SSL && size > 0) return (view.getUint8(at + 3) & SSL_CLIENT) !== 0
    at += 3 + size
  }
  return false
}

/** Why what a connection begins with is no PROXY header. */
type ProxyHeaderErrorCode =
  /** It begins with something else. */
  | 'PROXY_HEADER_MISSING'
  /** A field that cannot be, or half of one. */
  | 'PROXY_HEADER_INVALID'
  /** More bytes than a header may have. */
  | 'PROXY_HEADER_TOO_LONG'

const fault = (
  code: ProxyHeaderErrorCode,
  message: string,
  offset: number,
): DecodeError<ProxyHeaderErrorCode> => new DecodeError(code, message, offset, 'proxy')
