/** Where code that threw is reported. */
export interface Failures {
  /** Something threw that must not. */
  failed(where: string, error: unknown): void
}
