/** Why a command was asked to end. */
export class Interruption extends Error {
  override readonly name = 'Interruption'
  /** What the process then ends with. */
  readonly exitCode: number

  constructor(exitCode: number) {
    super('interrupted')
    this.exitCode = exitCode
  }
}
