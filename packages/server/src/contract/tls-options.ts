/** A certificate with its key: PEM texts, or paths of PEM files; or a PKCS#12 file. */
export interface CertificateOptions {
  /** Certificate chain: a PEM text, or the path of a PEM file. */
  readonly cert?: string
  /** Private key: a PEM text, or the path of a PEM file. */
  readonly key?: string
  /** Path of a PKCS#12 file, instead of `cert` and `key`. */
  readonly pfx?: string
  /** Of the key or the PKCS#12 file. */
  readonly passphrase?: string
  /** Names it is for (SNI), `*.example.com` too. By default those in the certificate; none for PKCS#12. */
  readonly serverNames?: readonly string[]
}

/** TLS of a port. */
export interface TlsOptions {
  /** The first is for clients that name no server, or one that no certificate is for. */
  readonly certificates: readonly CertificateOptions[]
  /** Default `'TLSv1.2'`. */
  readonly minVersion?: 'TLSv1.3' | 'TLSv1.2' | 'TLSv1.1' | 'TLSv1'
  /** Whether certificates are read again when their files change. Default true. */
  readonly watch?: boolean
  /** For the TLS handshake of a client, in milliseconds. Default 10,000. */
  readonly handshakeMs?: number
}
