/** How the command ends. Part of its interface: scripts rely on it. */
export const ExitCode = {
  done: 0,
  /** Something unexpected. */
  failed: 1,
  /** The command line makes no sense. */
  usage: 2,
  /** The server could not be reached, did not answer, or the connection was lost. */
  network: 3,
  /** The server refused: connect, publish, play, or the login. */
  refused: 4,
  /** A file could not be read or written, or is not what it should be. */
  file: 5,
  /** Ctrl-C: 128 and the number of SIGINT. */
  interrupted: 130,
  /** SIGTERM: 128 and its number. */
  terminated: 143,
} as const

/** A failure that the command tells in one sentence. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure'
  /** One of {@link ExitCode}. */
  readonly exitCode: number

  constructor(exitCode: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}
