import { spawn } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** How long a picture may take, in milliseconds; then whoever makes it is killed. */
const MOST_MS = 5000

/** How large a JPEG may be, in bytes. */
const MOST_BYTES = 4 * 1024 * 1024

/** How many pictures may wait for their turn, and how much of them, in bytes: a key frame may be as large as a message. */
const MOST_WAITING = 16
const MOST_WAITING_BYTES = 24 * 1024 * 1024

/** Of a picture that is larger, in pixels. */
const WIDTH = 1280

/** Where a program is on this machine; `undefined` where it is not. */
export const programAt = (name: string, path: string = process.env['PATH'] ?? ''): string | undefined =>
  path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, process.platform === 'win32' ? `${name}.exe` : name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK)
        return true
      } catch {
        return false
      }
    })

/** Makes JPEGs of pictures by FFmpeg: one at a time, each within bounds. */
export class PictureDecoder {
  readonly #program: string
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0
  #waitingBytes = 0

  /** @param program - FFmpeg. */
  constructor(program: string) {
    this.#program = program
  }

  /** The picture of an MP4 file as JPEG; `undefined` where FFmpeg cannot, or has more to do than it may. */
  async jpeg(mp4: Uint8Array): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { length } = mp4
    if (this.#waiting >= MOST_WAITING || this.#waitingBytes + length > MOST_WAITING_BYTES) return undefined
    this.#waiting += 1
    this.#waitingBytes += length
    const made = this.#last.then(async () => run(this.#program, mp4))
    this.#last = made
    return made.finally(() => {
      this.#waiting -= 1
      this.#waitingBytes -= length
    })
  }
}

const READ = ['-v', 'error', '-nostdin', '-threads', '1', '-f', 'mp4', '-i', 'pipe:0']
const TAKE = ['-map', '0:v:0', '-frames:v', '1', '-vf', `scale='min(${WIDTH},iw)':-2`]
const WRITE = ['-c:v', 'mjpeg', '-q:v', '4', '-f', 'image2pipe', 'pipe:1']

/** What it may know of this process. */
const ENVIRONMENT = { PATH: process.env['PATH'] ?? '' }

/** Never rejects. */
const run = (program: string, mp4: Uint8Array): Promise<Uint8Array<ArrayBuffer> | undefined> =>
  new Promise((resolve) => {
    const child = spawn(program, [...READ, ...TAKE, ...WRITE], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: ENVIRONMENT,
      windowsHide: true,
    })
    const timer = setTimeout(() => child.kill('SIGKILL'), MOST_MS)
    const slices: Buffer[] = []
    let bytes = 0
    child.stdout.on('data', (slice: Buffer) => {
      bytes += slice.length
      if (bytes > MOST_BYTES) child.kill('SIGKILL')
      else slices.push(slice)
    })
    const end = (ok: boolean): void => {
      clearTimeout(timer)
      resolve(ok && bytes > 0 && bytes <= MOST_BYTES ? new Uint8Array(Buffer.concat(slices)) : undefined)
    }
    child.once('error', () => end(false))
    child.once('close', (code) => end(code === 0))
    // It may have gone before it has read all.
    child.stdin.on('error', () => {})
    child.stdin.end(mp4)
  })
