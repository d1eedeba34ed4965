import { styleText } from 'node:util'
import type { Paint } from '../../command/paint.ts'

const same = (text: string): string => text

const PLAIN: Paint = { strong: same, dim: same, accent: same, bad: same }

/** Whether the stream has colours is decided below, not by the state of standard output. */
const painted = (style: Parameters<typeof styleText>[0], text: string): string =>
  styleText(style, text, { validateStream: false })

const COLOURS: Paint = {
  strong: (text) => painted('bold', text),
  dim: (text) => painted('dim', text),
  accent: (text) => painted('cyan', text),
  bad: (text) => painted('red', text),
}

/** Colours for a terminal, unless the environment says NO_COLOR; otherwise none. */
export const paintFor = (
  stream: { readonly isTTY?: boolean | undefined },
  env: Readonly<Record<string, string | undefined>>,
): Paint =>
  stream.isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb' ? COLOURS : PLAIN
