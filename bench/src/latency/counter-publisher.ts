import { type ChildProcess, spawn } from 'node:child_process'
import { counterPicture, MOST_NUMBERS, PICTURE } from './counter-picture.ts'

/** FFmpeg, which is given counted pictures in real time, encodes them as an encoder for live streams does, and publishes them. */
export class CounterPublisher {
  readonly #child: ChildProcess
  /** When each number was given to the encoder, in milliseconds since 1970. */
  readonly #givenAt = new Float64Array(MOST_NUMBERS)
  readonly #timer: NodeJS.Timeout
  readonly #start = performance.now()
  #count = 0
  #complaints = ''

  constructor(url: string) {
    const { width, height, rate } = PICTURE
    const input = [
      '-f',
      'rawvideo',
      '-pix_fmt',
      'gray',
      '-s',
      `${width}x${height}`,
      '-r',
      String(rate),
      '-i',
      '-',
    ]
    const codec = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p']
    const words = [
      '-v',
      'error',
      '-probesize',
      '32',
      '-fflags',
      'nobuffer',
      ...input,
      ...codec,
      '-g',
      String(rate),
    ]
    this.#child = spawn('ffmpeg', [...words, '-flush_packets', '1', '-f', 'flv', url], {
      stdio: ['pipe', 'ignore', 'pipe'],
    })
    this.#child.stderr?.on('data', (text) => (this.#complaints += String(text)))
    this.#child.stdin?.on('error', () => {})
    this.#child.on('error', (error) => (this.#complaints += error.message))
    this.#timer = setInterval(() => this.#give(), 2)
  }

  /** What FFmpeg has complained of. */
  get complaints(): string {
    return this.#complaints
  }

  /** When a number was given to the encoder. */
  givenAt(number: number): number {
    return this.#givenAt[number] as number
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#child.stdin?.end()
    this.#child.kill('SIGKILL')
  }

  #give(): void {
    while (performance.now() - this.#start >= (this.#count * 1000) / PICTURE.rate) {
      const number = this.#count % MOST_NUMBERS
      this.#givenAt[number] = performance.timeOrigin + performance.now()
      this.#child.stdin?.write(counterPicture(number))
      this.#count += 1
    }
  }
}
