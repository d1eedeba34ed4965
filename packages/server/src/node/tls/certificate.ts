import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSecureContext, type SecureContext, type SecureVersion } from 'node:tls'
import type { CertificateOptions } from '../../contract/tls-options.ts'

/** A certificate that can be used. */
export interface LoadedCertificate {
  readonly context: SecureContext
  /** In lower case. */
  readonly serverNames: readonly string[]
  /** When it expires; `undefined` for PKCS#12. */
  readonly validTo: Date | undefined
}

const isPem = (text: string): boolean => text.includes('-----BEGIN ')

/** The files that a certificate is read from. */
export const filesOf = ({ cert, key, pfx }: CertificateOptions): string[] =>
  [cert, key, pfx].filter((text): text is string => text !== undefined && !isPem(text))

/**
 * Reads a certificate and its key, and sees that they fit.
 *
 * @throws Error of Node: a file that cannot be read, a certificate or key that is none, a pair that does not fit
 */
export const loadCertificate = async (
  options: CertificateOptions,
  minVersion: SecureVersion,
): Promise<LoadedCertificate> => {
  const { pfx, passphrase } = options
  const secret = passphrase === undefined ? {} : { passphrase }
  if (pfx !== undefined) {
    const content = await readFile(pfx)
    const context = usable(options, () => createSecureContext({ pfx: content, ...secret, minVersion }))
    return { context, serverNames: lowered(options.serverNames ?? []), validTo: undefined }
  }
  const cert = await textOf(options.cert)
  const key = await textOf(options.key)
  const context = usable(options, () => createSecureContext({ cert, key, ...secret, minVersion }))
  const parsed = new X509Certificate(cert)
  return {
    context,
    serverNames: lowered(options.serverNames ?? namesIn(parsed)),
    validTo: new Date(parsed.validTo),
  }
}

/** Names the files in an error about what is in them. */
const usable = <T>(options: CertificateOptions, act: () => T): T => {
  try {
    return act()
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    const files = filesOf(options).join(' and ')
    const what = `${files === '' ? 'The certificate' : files} cannot be used as certificate and key: ${why}`
    throw Object.assign(new Error(what, { cause: error }), { code: 'CERTIFICATE_UNUSABLE' })
  }
}

const textOf = async (source = ''): Promise<string> => (isPem(source) ? source : readFile(source, 'utf8'))

const namesIn = ({ subjectAltName = '' }: X509Certificate): string[] =>
  [...subjectAltName.matchAll(/DNS:([^\s,"]+)/g)].map(([, name]) => name ?? '')

const lowered = (names: readonly string[]): string[] => names.map((name) => name.toLowerCase())
