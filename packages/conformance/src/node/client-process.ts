import { spawn } from 'node:child_process'
import type { ClientProfile, ClientRole, RunningClient } from '../client/client-profile.ts'
import { listenForClients } from './listen.ts'

/** Commands of a client; `{url}` in them stands for where it should go. */
export interface ClientCommands {
  /** For `/bin/sh`. Absent: cases about publishing do not apply. */
  readonly publish?: string | undefined
  /** For `/bin/sh`. Absent: cases about playing do not apply. */
  readonly play?: string | undefined
}

const runShell = (line: string): RunningClient => {
  const child = spawn('/bin/sh', ['-c', line], { stdio: 'ignore', detached: true })
  const ended = new Promise<boolean>((resolve) => {
    child.on('exit', (code) => resolve(code === 0))
    child.on('error', () => resolve(false))
  })
  const stop = (): void => {
    if (child.pid === undefined || child.exitCode !== null) return
    try {
      // The shell and what it started.
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      // It has just ended.
    }
  }
  return { ended, stop }
}

/** A client that is started by a command line for each case. */
export const clientProcess = (
  commands: ClientCommands,
  { answerMs = 10_000, quietMs = 1000 }: { answerMs?: number; quietMs?: number } = {},
): ClientProfile => ({
  name: commands.publish ?? commands.play ?? '',
  roles: (['publish', 'play'] as const).filter((role) => commands[role] !== undefined),
  start: (role: ClientRole, url: string) => runShell((commands[role] ?? '').replaceAll('{url}', url)),
  listen: (onLink) => listenForClients(0, onLink),
  answerMs,
  quietMs,
})

/** A client that somebody starts by hand, each time they are told to. */
export const clientByHand = (
  role: ClientRole,
  port: number,
  tell: (text: string) => void,
): ClientProfile => ({
  name: 'started by hand',
  roles: [role],
  start: (_, url) => {
    tell(`Now ${role} ${role === 'publish' ? 'to' : 'from'} ${url}`)
    return { ended: new Promise(() => {}), stop: () => {} }
  },
  listen: (onLink) => listenForClients(port, onLink),
  answerMs: 120_000,
  quietMs: 1000,
})
