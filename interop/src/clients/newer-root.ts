import { join } from 'node:path'

/** The folder with the newer Debian's programs that `scripts/install-real-clients.sh` makes. */
const FOLDER = process.env['RTMP_NEWER_ROOT'] ?? '/var/cache/rtmp-ts/newer'

/** The wrapper that runs a program of the newer root on this machine's files. */
export const NEWER_RUN: string = join(FOLDER, 'newer-run')

/** The program's own file in the newer root: to see whether it is there. */
export function newerProgram(name: string): string {
  return join(FOLDER, 'usr/bin', name)
}
