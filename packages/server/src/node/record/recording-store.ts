import { join, relative, sep } from 'node:path'
import { finishedName, type RecordingFiles, rootOf } from '@rtmp/recorder'
import type { KeptRecording, RecordingRule } from '../../contract/recordings.ts'
import { type FileShape, fileShape } from './file-shape.ts'

/** A finished file, and where it is. */
export interface FoundRecording extends KeptRecording {
  readonly file: string
}

/** Endings of files that are recordings. */
const ENDINGS = ['.flv', '.mp4']

/** The finished files of all rules: found by name, listed, removed, and no longer kept than they should be. */
export class RecordingStore {
  readonly #files: RecordingFiles
  readonly #rules: readonly RecordingRule[]
  readonly #shapes: readonly FileShape[]
  readonly #roots: readonly string[]

  constructor(files: RecordingFiles, rules: readonly RecordingRule[]) {
    this.#files = files
    this.#rules = rules
    this.#shapes = rules.map(({ file }) => fileShape(file))
    this.#roots = [...new Set(rules.map(({ file }) => rootOf(file)))]
  }

  /** Folders in which recordings are. */
  get roots(): readonly string[] {
    return this.#roots
  }

  /** What a file is called to those who ask for it: its path below its folder. */
  nameOf(file: string): string {
    const root = this.#roots.find((one) => isBelow(one, file)) ?? ''
    return relative(root, file).split(sep).join('/')
  }

  /** The file of a name, whose ending can be left out; `undefined` where there is none. */
  async find(name: string): Promise<FoundRecording | undefined> {
    if (name.split('/').some((part) => part === '' || part === '.' || part === '..') || name.includes('\0'))
      return undefined
    const names = isRecording(name) ? [name] : ENDINGS.map((ending) => `${name}${ending}`)
    for (const root of this.#roots) {
      for (const one of names) {
        const file = join(root, ...one.split('/'))
        if (!isBelow(root, file) || !this.#isOurs(file)) continue
        const facts = await this.#files.facts(file)
        if (facts !== undefined) return { name: one, file, ...facts }
      }
    }
    return undefined
  }

  /** All finished files, the newest first. */
  async list(): Promise<readonly KeptRecording[]> {
    const found = await this.#found(() => true)
    return found.map(({ name, bytes, changedAt }) => ({ name, bytes, changedAt }))
  }

  /** What can still be written, in bytes: where there are several folders, where least can. */
  async freeBytes(): Promise<number> {
    return Math.min(...(await Promise.all(this.#roots.map(async (root) => this.#files.freeBytes(root)))))
  }

  /** Removes a file. False where there is none of that name. */
  async remove(name: string): Promise<boolean> {
    const found = await this.find(name)
    if (found === undefined) return false
    await this.#files.remove(found.file)
    return true
  }

  /** Removes what was kept long enough, and what is too much. @returns the names */
  async expire(now: number): Promise<readonly string[]> {
    const removed: string[] = []
    for (const rule of this.#rules) {
      const { keepMs = Number.POSITIVE_INFINITY, keepBytes = Number.POSITIVE_INFINITY } = rule
      if (keepMs === Number.POSITIVE_INFINITY && keepBytes === Number.POSITIVE_INFINITY) continue
      const shape = fileShape(rule.file)
      let bytes = 0
      for (const found of await this.#found(shape)) {
        bytes += found.bytes
        if (now - found.changedAt <= keepMs && bytes <= keepBytes) continue
        await this.#files.remove(found.file)
        removed.push(found.name)
      }
    }
    return removed
  }

  #isOurs(file: string): boolean {
    return isRecording(file) && this.#shapes.some((fits) => fits(file))
  }

  async #found(isWanted: (file: string) => boolean): Promise<readonly FoundRecording[]> {
    const found: FoundRecording[] = []
    for (const root of this.#roots) {
      for (const file of await this.#files.list(root)) {
        if (!this.#isOurs(file) || !isWanted(file)) continue
        const facts = await this.#files.facts(file)
        if (facts !== undefined) found.push({ name: this.nameOf(file), file, ...facts })
      }
    }
    return found.toSorted((a, b) => b.changedAt - a.changedAt)
  }
}

const isRecording = (name: string): boolean =>
  ENDINGS.some((ending) => name.endsWith(ending)) && finishedName(name) === undefined

const isBelow = (root: string, file: string): boolean => {
  const way = relative(root, file)
  return way !== '' && !way.startsWith('..')
}
