// Draws the state machines of @rtmp/session from its tables: `pnpm tsx scripts/draw-states.ts` rewrites docs/states.md.
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CONNECTION_TRANSITIONS, STREAM_TRANSITIONS } from '../packages/session/src/transitions.ts'

type Table = Readonly<Record<string, Readonly<Partial<Record<string, string>>>>>

/** A table as a Mermaid state diagram. Inputs that lead from one state to the same next one share an arrow. */
const diagram = (table: Table): string => {
  const [first = ''] = Object.keys(table)
  const lines = ['```mermaid', 'stateDiagram-v2', `  [*] --> ${first}`]
  for (const [from, inputs] of Object.entries(table)) {
    const arrows = new Map<string, string[]>()
    for (const [input, to = from] of Object.entries(inputs))
      arrows.set(to, [...(arrows.get(to) ?? []), input])
    for (const [to, names] of arrows) lines.push(`  ${from} --> ${to}: ${names.join(', ')}`)
    if (arrows.size === 0) lines.push(`  ${from} --> [*]`)
  }
  return [...lines, '```'].join('\n')
}

/** The same as a table: a row a state, a column an input. */
const grid = (table: Table): string => {
  const inputs = [...new Set(Object.values(table).flatMap((row) => Object.keys(row)))]
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  const rows = Object.entries(table).map(([from, next]) =>
    row([from, ...inputs.map((input) => next[input] ?? '')]),
  )
  return [row(['', ...inputs]), row(['', ...inputs].map(() => '---')), ...rows].join('\n')
}

/** The whole page. */
export const statesPage = (): string =>
  [
    '# States of a session',
    '',
    'Drawn from `packages/session/src/transitions.ts` by `scripts/draw-states.ts`; edit the tables there. The client and the',
    'server session share them, each for its own view of the connection.',
    '',
    '## The connection',
    '',
    diagram(CONNECTION_TRANSITIONS),
    '',
    grid(CONNECTION_TRANSITIONS),
    '',
    '`accept` and `reject` are the server’s decision on `connect`. A server that rejects closes as well, unless told not to.',
    '',
    '## A message stream',
    '',
    diagram(STREAM_TRANSITIONS),
    '',
    grid(STREAM_TRANSITIONS),
    '',
    'Empty cells: a command that does not fit the state is refused, and the stream goes on as it was. `end` is the server’s',
    'own decision, `unpublish` is FCUnpublish or `publish(false)`, `disconnect` the end of the connection. Leaving `publishing`',
    'or `playing` is reported once, as `publishEnded` or `playEnded`, with the reason.',
    '',
  ].join('\n')

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(fileURLToPath(new URL('../docs/states.md', import.meta.url)), statesPage())
}
