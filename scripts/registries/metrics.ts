// Every metric of the server, as it is registered.
import type { HttpSubject } from '../../packages/server/src/node/http/http-subject.ts'
import { type MetricDescription, Metrics } from '../../packages/server/src/node/http/metrics.ts'
import { cell, head, inOneLine, table } from './source.ts'

/** Nothing is collected: no server is needed. */
const registered = (perStream: boolean): readonly MetricDescription[] =>
  new Metrics({} as HttpSubject, perStream).described.filter(({ name }) => name.startsWith('rtmp_'))

const rows = (metrics: readonly MetricDescription[]): string =>
  table(
    ['Metric', 'Kind', 'Labels', 'What it says'],
    metrics.map(({ name, help, labelNames }) => [
      `\`${name}\``,
      name.endsWith('_total') ? 'counter' : 'gauge',
      labelNames.map((label) => `\`${label}\``).join(', '),
      cell(help),
    ]),
  )

/** The whole page. */
export const metricsPage = (): string => {
  const always = registered(false)
  const names = new Set(always.map(({ name }) => name))
  const perStream = registered(true).filter(({ name }) => !names.has(name))
  return [
    head(
      'Metrics',
      'packages/server/src/node/http/metrics.ts',
      inOneLine(`\`GET /metrics\` on the HTTP port, for Prometheus. It needs the token of administration ([operations](operations.md) has
        alerts to begin with). Beside these there are the metrics of Node itself, \`process_…\` and \`nodejs_…\`, as prom-client gives them. With
        several workers what all of them have counted is added up.`),
    ),
    '## Of the server\n',
    `${rows(always)}\n`,
    '## Of each stream\n',
    `With \`http.metricsPerStream\`: only where strangers cannot choose names.\n\n${rows(perStream)}\n`,
  ].join('\n')
}
