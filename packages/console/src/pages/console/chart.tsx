import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import Plot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { Sample } from './api.ts'

type Line = readonly [name: string, color: string, of: (sample: Sample) => number]

interface ChartProps {
  readonly title: string
  readonly samples: readonly Sample[]
  readonly lines: readonly Line[]
  readonly shown: (value: number) => string
}

const HEIGHT = 190

/** Lines over the last hour. What they say last stands beside them in words. */
export const Chart = ({ title, samples, lines, shown }: ChartProps): JSX.Element => {
  const frame = useRef<HTMLDivElement>(null)
  const plot = useRef<Plot>(undefined)
  const [dark, setDark] = useState(matchMedia('(prefers-color-scheme: dark)').matches)
  useEffect(() => {
    const scheme = matchMedia('(prefers-color-scheme: dark)')
    const change = (): void => setDark(scheme.matches)
    scheme.addEventListener('change', change)
    return () => scheme.removeEventListener('change', change)
  }, [])
  useEffect(() => {
    const element = frame.current
    if (element === null) return
    // The page's own colours, worked out by the browser.
    const color = (name: string): string => {
      element.style.color = `var(${name})`
      const { color: found } = getComputedStyle(element)
      element.style.color = ''
      return found
    }
    const axis = {
      stroke: color('--quiet'),
      grid: { stroke: color('--line'), width: 1 },
      ticks: { show: false },
      font: '12px system-ui',
    }
    const made = new Plot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        legend: { show: false },
        cursor: { y: false },
        scales: { y: { range: (_, __, most) => [0, Math.max(1, most * 1.1)] } },
        axes: [axis, { ...axis, size: 78, values: (_, values) => values.map((value) => shown(value)) }],
        series: [
          {},
          ...lines.map(([label, name]) => ({
            label,
            stroke: color(name),
            width: 2,
            points: { show: false },
          })),
        ],
      },
      [[], ...lines.map(() => [])],
      element,
    )
    plot.current = made
    const resized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }))
    resized.observe(element)
    return () => {
      resized.disconnect()
      made.destroy()
    }
  }, [dark])
  useEffect(() => {
    plot.current?.setData([samples.map(({ at }) => at / 1000), ...lines.map(([, , of]) => samples.map(of))])
  }, [samples, dark])
  const last = samples.at(-1)
  return (
    <section class="panel chart">
      <h2>{title}</h2>
      <p class="legend">
        {lines.map(([name, color, of]) => (
          <span key={name}>
            <i style={{ background: `var(${color})` }} /> {name}{' '}
            <b>{last === undefined ? '–' : shown(of(last))}</b>
          </span>
        ))}
      </p>
      <div ref={frame} class="plot" aria-hidden="true" />
    </section>
  )
}
