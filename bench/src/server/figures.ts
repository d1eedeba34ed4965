/** What one measurement of one server gave, by metric. */
export type Figures = Readonly<Record<string, Figure>>

export interface Figure {
  readonly value: number
  readonly unit: string
  readonly better: 'higher' | 'lower'
}

export const lower = (value: number, unit: string): Figure => ({ value, unit, better: 'lower' })
export const higher = (value: number, unit: string): Figure => ({ value, unit, better: 'higher' })
