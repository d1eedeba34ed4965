import { constants, copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

let copy: string | undefined

/**
 * A copy of this Node, for servers alone, until this process ends. The system has a program's text once for all processes that run the
 * same file, and divides it among them: a server's memory would depend on how many generators of load are beside it.
 */
export const ownNode = (): string => {
  if (copy === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'rtmp-bench-node-'))
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
    copy = join(folder, 'node')
    copyFileSync(process.execPath, copy, constants.COPYFILE_EXCL)
  }
  return copy
}
