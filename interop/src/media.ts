import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Full path of a file of the repository's `media` folder. */
export function mediaFile(name: string): string {
  return join(ROOT, 'media', name)
}

/** Full path of a file of the repository. */
export function repositoryFile(path: string): string {
  return join(ROOT, path)
}
