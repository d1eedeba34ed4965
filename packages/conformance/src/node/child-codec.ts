import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { CodecAnswer, CodecRequest, CodecUnderTest } from '../codec/codec-under-test.ts'

/**
 * A codec in a process of its own: it reads one request a line as JSON, and writes one answer a line, with the request's
 * `id`. A process that ends, or writes something else, fails the case that was being asked.
 *
 * @param command - The program and its arguments.
 */
export const childCodec = (command: readonly [string, ...string[]]): CodecUnderTest => {
  const [program, ...args] = command
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const waiting = new Map<number, { resolve(answer: CodecAnswer): void; reject(error: Error): void }>()
  let next = 1
  let ended: Error | undefined
  const end = (error: Error): void => {
    ended ??= error
    for (const question of waiting.values()) question.reject(ended)
    waiting.clear()
  }
  child.on('error', end)
  child.on('exit', (code, signal) => end(new Error(`the codec ended with ${signal ?? `status ${code}`}`)))
  child.stdin.on('error', () => {})
  createInterface({ input: child.stdout }).on('line', (line) => {
    try {
      const answer = JSON.parse(line) as CodecAnswer & { id: number }
      waiting.get(answer.id)?.resolve(answer)
      waiting.delete(answer.id)
    } catch {
      end(new Error(`the codec wrote what is no JSON: ${line.slice(0, 200)}`))
    }
  })
  return {
    name: command.join(' '),
    call: (request) =>
      new Promise((resolve, reject) => {
        if (ended !== undefined) {
          reject(ended)
          return
        }
        const id = next++
        waiting.set(id, { resolve, reject })
        child.stdin.write(`${JSON.stringify({ id, ...request } satisfies CodecRequest)}\n`)
      }),
    close: () => {
      child.kill()
    },
  }
}
