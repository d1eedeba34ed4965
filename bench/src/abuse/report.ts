import { type Account, type AbuseResult, most, PLAYERS, type Point, sharesOf } from './abuse-run.ts'
import type { Abuse } from './abuses.ts'

const MB = 1e6

const atSecond = (points: readonly Point[], second: number): Point | undefined =>
  points.findLast((point) => point.second <= second) ?? points[0]

const megabytes = (bytes: number | undefined): string => (bytes === undefined ? '–' : (bytes / MB).toFixed(0))

/** Resident / held memory in MB at a second. */
const memoryAt = (points: readonly Point[], second: number): string => {
  const point = atSecond(points, second)
  return `${megabytes(point?.resident)} / ${megabytes(point?.held)}`
}

/** The least and the most of what was counted, as a share of what there was. */
export const shareAt = (accounts: readonly Account[]): string => {
  const shares = sharesOf(accounts)
  return shares === undefined ? '–' : `${shares.least.toFixed(2)} to ${shares.most.toFixed(2)}`
}

/** One line for the terminal. */
export const describeAbuse = (abuse: Abuse, result: AbuseResult): string => {
  const { points, accounts, seconds, visits, others, faults } = result
  return (
    `${abuse.title}: ${visits} visits in ${seconds} s; resident / held MB at the start ${memoryAt(points, 0)}, ` +
    `after 60 s ${memoryAt(points, 60)}, at the end ${memoryAt(points, seconds)}, most ${megabytes(most(points, 0, seconds))}; ` +
    `counted of what was there ${shareAt(accounts)}; ` +
    `others: ${others.messages} messages, ${others.gaps} gaps, p50 ${others.p50.toFixed(1)} ms, p99 ${others.p99.toFixed(1)} ms` +
    (faults.length === 0 ? '' : `\n  WRONG: ${faults.join('\n  WRONG: ')}`)
  )
}

const HEAD = `# What bad guests do to the server

\`npm run abuse\` does each of the following to a fresh server with its defaults, in a process of its own on the loopback.
Beside it one publisher sends 73 messages a second (2 Mbit/s where nothing else is said) to ${PLAYERS} players, whose messages
are numbered. A run is good when

- the process lives, and has noted no error of its own;
- the players have missed nothing, and nobody has thrown them out;
- memory does not grow after the first minute: the most of the last 30 s is at most 15 % or 16 MB above the most around the minute;
- once the attackers have gone, only the publisher, its players and their stream are left.

\`\`\`sh
npm run abuse                              # all, 120 s each; writes this page and its plots
npm run abuse -- --only stalled --seconds 300 --json abuse.json
npm run abuse -- --strangers               # what strangers want; writes its section of this page
npx vitest run --project bench             # a few seconds of each, as CI does
\`\`\`

Memory is the process's resident memory, and what JavaScript objects and buffers hold (from the server's own metrics), in MB.
The server runs from its TypeScript sources, whose loader is in the first figure. The plots draw beside it what the budget counts, and what
there is in truth: objects and buffers after the garbage was collected, every four seconds, more than before by what was counted then, and less what stays when all have gone, which is what the server has made for itself meanwhile: compiled code most of it.
The least and the most of the one as a share of the other are given where either is more than 8 MB.
`

/** The page of all results. */
export const abusePage = (results: readonly (readonly [Abuse, AbuseResult])[]): string => {
  const rows = results.map(([abuse, { points, accounts, seconds, visits, others, faults }]) =>
    [
      `[${abuse.title}](#${abuse.name})`,
      visits.toLocaleString('en'),
      memoryAt(points, 0),
      memoryAt(points, 60),
      memoryAt(points, seconds),
      megabytes(most(points, 0, seconds)),
      shareAt(accounts),
      others.messages.toLocaleString('en'),
      String(others.gaps + others.closed),
      `${others.p50.toFixed(1)} / ${others.p99.toFixed(1)}`,
      faults.length === 0 ? 'yes' : faults.join('; '),
    ].join(' | '),
  )
  const table = [
    '| abuse | visits | start | 60 s | end | most resident | counted / there | messages to others | lost | delay p50 / p99, ms | good |',
    '|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|',
    ...rows.map((row) => `| ${row} |`),
  ].join('\n')
  const plots = results
    .map(
      ([{ name, title, what }]) =>
        `## <a id="${name}"></a>${title}\n\n${what}\n\n![Memory over time](abuse/${name}.svg)\n`,
    )
    .join('\n')
  return `${HEAD}\n${table}\n\nThe delay is from the publisher's write to a player's read, and says more about the machine than about the server: two cores that attackers, publisher and players share with it.\n\n${plots}`
}

const SECTION = /^## <a id="strangers"><\/a>[^]*?(?=^## |(?![^]))/m

/** A page with the section on strangers of another one, where it has one. */
export const withStrangers = (page: string, other: string): string => {
  const [section = ''] = SECTION.exec(other) ?? []
  const rest = page.replace(SECTION, '').trimEnd()
  return section === '' ? `${rest}\n` : `${rest}\n\n${section.trimEnd()}\n`
}
