/** Emphasis by what a text means. */
export interface Paint {
  readonly strong: (text: string) => string
  readonly dim: (text: string) => string
  readonly accent: (text: string) => string
  readonly bad: (text: string) => string
}
