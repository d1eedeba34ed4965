import { inject } from 'vitest'

declare module 'vitest' {
  export interface ProvidedContext {
    repositoryRoot: string
  }
}

/**
 * A file of this repository (`'media/h264-aac.flv'`), in Node and in a browser test alike.
 *
 * In Node it is read from disk; in a browser vitest's own server hands it out.
 */
export const readRepoFile = async (path: string): Promise<Uint8Array> => {
  const root = inject('repositoryRoot')
  if (typeof process !== 'undefined' && process.versions?.node !== undefined) {
    const { readFile } = await import('node:fs/promises')
    return new Uint8Array(await readFile(`${root}/${path}`))
  }
  const response = await fetch(`/@fs${root}/${path}?raw-bytes`)
  if (!response.ok) throw new Error(`${path}: ${response.status}`)
  return new Uint8Array(await response.arrayBuffer())
}

/** A JSON file of this repository, typed by the caller. */
export const readRepoJson = async <T>(path: string): Promise<T> =>
  JSON.parse(new TextDecoder().decode(await readRepoFile(path))) as T
