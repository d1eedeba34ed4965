import { rmSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Folders that are still there when this process exits. */
const leftOver = new Set<string>()
process.once('exit', () => {
  for (const path of leftOver) rmSync(path, { recursive: true, force: true })
})

/** A temporary folder that is gone after {@link remove}, or at the latest when this process exits. */
export class Scratch {
  readonly path: string

  private constructor(path: string) {
    this.path = path
    leftOver.add(path)
  }

  static async make(): Promise<Scratch> {
    const path = await mkdtemp(join(tmpdir(), 'rtmp-interop-'))
    await chmod(path, 0o755) // VLC runs as another user
    return new Scratch(path)
  }

  /** A path in the folder; the file need not exist. */
  file(name: string): string {
    return join(this.path, name)
  }

  /** A folder in the folder, made if it is missing. */
  async folder(name: string): Promise<string> {
    const path = this.file(name)
    await mkdir(path, { recursive: true })
    return path
  }

  async remove(): Promise<void> {
    leftOver.delete(this.path)
    await rm(this.path, { recursive: true, force: true, maxRetries: 3 })
  }
}
