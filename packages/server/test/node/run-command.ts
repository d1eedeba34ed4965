import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const bin = fileURLToPath(new URL('../../src/node/bin.ts', import.meta.url))
const root = fileURLToPath(new URL('../../../../', import.meta.url))

/** The command, started from its sources. */
export interface Run {
  readonly child: ChildProcess
  output(): string
  /** Waits until the output matches. */
  until(pattern: RegExp): Promise<RegExpExecArray>
  exitCode(): Promise<number | null>
}

/** Runs it; it is killed with the test. */
export const run = (...args: string[]): Run => runWith({}, ...args)

/** Runs it with more variables. */
export const runWith = (env: Readonly<Record<string, string>>, ...args: string[]): Run => {
  const child = spawn(process.execPath, ['--conditions=@rtmp/source', '--import', 'tsx', bin, ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  let output = ''
  child.stdout.on('data', (text) => (output += String(text)))
  child.stderr.on('data', (text) => (output += String(text)))
  const closed = once(child, 'close')
  return {
    child,
    output: () => output,
    until: async (pattern) => {
      for (;;) {
        const match = pattern.exec(output)
        if (match !== null) return match
        const more = Promise.race([
          once(child.stdout, 'data'),
          once(child.stderr, 'data'),
          closed.then(() => 'end'),
        ])
        if ((await more) === 'end' && !pattern.test(output)) throw new Error(`it ended with: ${output}`)
      }
    },
    exitCode: async () => {
      await closed
      return child.exitCode
    },
  }
}
