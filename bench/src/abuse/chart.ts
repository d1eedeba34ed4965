import { parse, View } from 'vega'
import { compile } from 'vega-lite'
import type { Account, AbuseResult } from './abuse-run.ts'

/** A line of a plot. */
interface Plotted {
  readonly second: number
  readonly megabytes: number
  readonly memory: string
}

/** The server's memory over time, as SVG. */
export const memoryChart = (title: string, { points, accounts, seconds }: AbuseResult): Promise<string> =>
  chart(title, seconds, [
    ...points.flatMap(({ second, resident, held }) => [
      { second, megabytes: resident / 1e6, memory: 'resident' },
      { second, megabytes: held / 1e6, memory: 'objects and buffers' },
    ]),
    ...accountLines(accounts),
  ])

/** The budget's account beside the truth, as SVG. */
export const accountChart = (title: string, accounts: readonly Account[], seconds: number): Promise<string> =>
  chart(title, seconds, accountLines(accounts))

const accountLines = (accounts: readonly Account[]): Plotted[] =>
  accounts.flatMap(({ second, counted, there }) => [
    { second, megabytes: counted / 1e6, memory: 'counted by the budget' },
    { second, megabytes: there / 1e6, memory: 'there, without garbage' },
  ])

const chart = async (title: string, seconds: number, lines: readonly Plotted[]): Promise<string> => {
  const marks = [
    { second: 0, what: 'begins' },
    ...(seconds > 60 ? [{ second: 60, what: '1 minute' }] : []),
    { second: seconds, what: 'ends' },
  ]
  const { spec } = compile({
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title,
    width: 640,
    height: 240,
    layer: [
      {
        data: { values: marks },
        mark: { type: 'rule', strokeDash: [4, 4], color: '#888' },
        encoding: { x: { field: 'second', type: 'quantitative' } },
      },
      {
        data: { values: marks },
        mark: { type: 'text', align: 'left', dx: 4, y: 8, color: '#555' },
        encoding: { x: { field: 'second', type: 'quantitative' }, text: { field: 'what', type: 'nominal' } },
      },
      {
        data: { values: [...lines] },
        mark: { type: 'line' },
        encoding: {
          x: { field: 'second', type: 'quantitative', title: 'seconds since the abuse began' },
          y: { field: 'megabytes', type: 'quantitative', title: 'MB', scale: { zero: true } },
          color: { field: 'memory', type: 'nominal', title: 'memory', legend: { labelLimit: 0 } },
        },
      },
    ],
    background: 'white',
  })
  return new View(parse(spec), { renderer: 'none' }).toSVG()
}
