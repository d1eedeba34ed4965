import { createHash } from 'node:crypto'
import { type FSWatcher, watch } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { SecureContext, SecureVersion } from 'node:tls'
import type { TlsOptions } from '../../contract/tls-options.ts'
import { filesOf, type LoadedCertificate, loadCertificate } from './certificate.ts'

/** What a store tells. */
export interface CertificateObserver {
  /** All certificates were read again, and new clients get them. */
  reloaded(certificates: readonly LoadedCertificate[]): void
  /** They could not be read; those from before stay. */
  failed(error: unknown): void
}

/** Editors and certificate tools change several files one after the other: they are read when it has been quiet this long. */
const QUIET_MS = 200

/**
 * The certificates of a port, read again without a restart. All of them change at once or not at all; connections that
 * stand keep the one they have.
 */
export class CertificateStore {
  readonly #options: TlsOptions
  readonly #observer: CertificateObserver
  readonly #minVersion: SecureVersion
  #loaded: readonly LoadedCertificate[] = []
  #watchers: readonly FSWatcher[] = []
  #quiet: NodeJS.Timeout | undefined
  /** Of what the files held when they were read last. */
  #fingerprint = ''

  private constructor(options: TlsOptions, observer: CertificateObserver) {
    this.#options = options
    this.#observer = observer
    this.#minVersion = options.minVersion ?? 'TLSv1.2'
  }

  /**
   * Reads the certificates and watches their files.
   *
   * @throws Error of Node when they cannot be used
   */
  static async open(options: TlsOptions, observer: CertificateObserver): Promise<CertificateStore> {
    const store = new CertificateStore(options, observer)
    store.#fingerprint = await store.#fingerprintNow()
    store.#loaded = await store.#load()
    if (options.watch !== false) store.#watch()
    return store
  }

  /** The certificates in use. */
  get certificates(): readonly LoadedCertificate[] {
    return this.#loaded
  }

  /** The certificate for a server name, or the default one. */
  contextFor(serverName: string | undefined): SecureContext {
    const name = serverName?.toLowerCase() ?? ''
    const wildcard = name.replace(/^[^.]+/, '*')
    const exact = this.#loaded.find(({ serverNames }) => serverNames.includes(name))
    const found = exact ?? this.#loaded.find(({ serverNames }) => serverNames.includes(wildcard))
    return ((found ?? this.#loaded[0]) as LoadedCertificate).context
  }

  /** Reads all again now. The observer is told what came of it. */
  async reload(): Promise<void> {
    this.#fingerprint = await this.#fingerprintNow()
    try {
      this.#loaded = await this.#load()
    } catch (error) {
      this.#observer.failed(error)
      return
    }
    this.#observer.reloaded(this.#loaded)
  }

  /** Watches no more. */
  close(): void {
    clearTimeout(this.#quiet)
    for (const watcher of this.#watchers) watcher.close()
    this.#watchers = []
  }

  #load(): Promise<LoadedCertificate[]> {
    return Promise.all(this.#options.certificates.map((one) => loadCertificate(one, this.#minVersion)))
  }

  /** Folders are watched, since files are replaced by renaming more often than written in place. */
  #watch(): void {
    const folders = new Set(this.#options.certificates.flatMap(filesOf).map((file) => dirname(file)))
    this.#watchers = [...folders].map((folder) => {
      const watcher = watch(folder, { persistent: false }, () => this.#changed())
      watcher.on('error', (error) => this.#observer.failed(error))
      return watcher
    })
  }

  #changed(): void {
    clearTimeout(this.#quiet)
    this.#quiet = setTimeout(() => void this.#reloadIfOther(), QUIET_MS)
    this.#quiet.unref()
  }

  /** Other files of the folders change too, a log for example. */
  async #reloadIfOther(): Promise<void> {
    if ((await this.#fingerprintNow()) !== this.#fingerprint) await this.reload()
  }

  async #fingerprintNow(): Promise<string> {
    const files = this.#options.certificates.flatMap(filesOf)
    const contents = await Promise.all(files.map((file) => readFile(file).catch(() => undefined)))
    return contents
      .map((content) => (content === undefined ? 'none' : createHash('sha256').update(content).digest('hex')))
      .join()
  }
}
