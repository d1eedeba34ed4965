import { markdownTable } from 'markdown-table'
import { sharesOf } from '../abuse-run.ts'
import { shareAt } from '../report.ts'
import { BUDGET_BYTES, type StrangerResult } from './stranger-run.ts'

const MB = 1e6
const megabytes = (bytes: number): string => (Number.isNaN(bytes) ? '–' : (bytes / MB).toFixed(1))

const sentBy = (bytes: number): string =>
  bytes === 0 ? '–' : bytes < MB ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / MB).toFixed(1)} MB`

/** The table of all strangers, as it is printed and stands in the page. */
export const strangersTable = (results: readonly StrangerResult[]): string =>
  markdownTable(
    [
      [
        'row',
        'what a stranger sends',
        'sent',
        'resident, MB',
        'counted / there, MB',
        'share meanwhile',
        'witness',
        'how it ended',
        'good',
      ],
      ...results.map((result) => {
        const { stranger, sent, before, peak, accounts, witness, end, faults } = result
        const { messages, lost, p99, connects, refused } = witness
        const last = accounts.slice(-1)
        const { counted, there } = last[0] ?? { counted: Number.NaN, there: Number.NaN }
        const ratio = sharesOf(last)?.least
        return [
          String(stranger.row),
          `**${stranger.title}**: ${stranger.sends}`,
          sentBy(sent),
          `${(before / MB).toFixed(0)} → ${(peak / MB).toFixed(0)}`,
          `${megabytes(counted)} / ${megabytes(there)}${ratio === undefined ? '' : ` (${ratio.toFixed(2)})`}`,
          shareAt(accounts),
          `${messages} messages, ${lost} lost, p99 ${p99.toFixed(0)} ms; ${connects} connects, ${refused} failed`,
          end,
          faults.length === 0 ? 'yes' : faults.join('; '),
        ]
      }),
    ],
    { align: ['r', 'l', 'r', 'r', 'r', 'r', 'l', 'l', 'l'] },
  )

/** What stands in the page of it, between its marks. */
export const strangersSection = (
  results: readonly StrangerResult[],
): string => `## <a id="strangers"></a>What strangers want

\`npm run abuse -- --strangers\` lets each of these at the server as it is built, with \`limits.memoryBytes\` of ${BUDGET_BYTES >> 20} MiB. Beside each
a publisher sends 2 Mbit/s to 3 players, whose messages are numbered, and somebody connects twice a second; all of them come from the
stranger's own address. Resident is the process's memory before and at most; it may be the budget and 150 MB. Counted is what the budget
says at the end, beside what there is more than before, once the garbage has been collected; with a few MB of either the share is left out.

${strangersTable(results)}

The share meanwhile is the least and the most of what was counted in what there was, once a second, where either was more than 8 MB. What is there
has in it what the server made for itself meanwhile, compiled code among it.

${results.map(({ stranger: { row, title } }) => `![${title}](abuse/stranger-${row}.svg)`).join('\n')}
`
