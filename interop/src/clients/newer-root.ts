import { join } from 'node:path'

/** The folder with the newer Debian's programs that `scripts/install-real-clients.sh` makes. */
export const NEWER_FOLDER: string = process.env['RTMP_NEWER_ROOT'] ?? '/var/cache/rtmp-ts/newer'

/** The wrapper that runs a program of the newer root on this machine's files. */
export const NEWER_RUN: string = join(NEWER_FOLDER, 'newer-run')

/** The program's own file in the newer root: to see whether it is there. */
export function newerProgram(name: string): string {
  return join(NEWER_FOLDER, 'usr/bin', name)
}
