// Cells of tables by what is in them, so that narrow screens break prose and never an id (`R-001`, `HLS_OPTION_RANGE`): the style sheet
// of the theme says how.

/** As much of a token of markdown-it as is needed. */
interface Token {
  readonly type: string
  readonly content: string
  attrJoin(name: string, value: string): void
}

/** A token with those that are in its line. */
interface InlineToken extends Token {
  readonly children: readonly Token[] | null
}

/** The longest word that is kept whole: in the first column, which names what a row is about, and in the others. */
const WHOLE_NAME = 36
const WHOLE_WORD = 18
/** A cell of more letters is read as prose. */
const PROSE = 60

/** A cell's text as it is shown: links by their text, without marks of code and emphasis. */
const shown = (content: string): string =>
  content
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/[`*]|<[^>]*>/g, '')
    .trim()

/** Names of code and nothing else: `rtmp.port` `--rtmp-port` `RTMP_PORT`. */
const NAMES = /^`[^`\s]+`(?: `[^`\s]+`)+$/

/** A request: `GET /_/api/streams`. */
const CALL = /^`[A-Z]+ [^`\s]+`$/

/** The class of a cell; empty for one that needs none. */
export const cellClass = (content: string, isFirst: boolean): '' | 'whole' | 'names' | 'call' | 'prose' => {
  if (isFirst && NAMES.test(content)) return 'names'
  if (isFirst && CALL.test(content)) return 'call'
  const text = shown(content)
  if (text !== '' && !/\s/.test(text) && text.length <= (isFirst ? WHOLE_NAME : WHOLE_WORD)) return 'whole'
  return text.length > PROSE ? 'prose' : ''
}

/** Gives each name of code in a page's text a class by which no line ends within it: browsers break after hyphens (`EXT-X-KEY`). */
export const markNames = (tokens: readonly InlineToken[]): void => {
  for (const token of tokens.flatMap(({ children }) => children ?? [])) {
    const isName =
      token.type === 'code_inline' && token.content.length <= WHOLE_NAME && !/\s/.test(token.content)
    if (isName) token.attrJoin('class', 'name')
  }
}

/** Gives each cell of a page's tables its class. */
export const markCells = (tokens: readonly Token[]): void => {
  let column = 0
  tokens.forEach((token, i) => {
    if (token.type === 'tr_open') column = 0
    if (token.type !== 'td_open') return
    const name = cellClass(tokens[i + 1]?.content ?? '', column === 0)
    if (name !== '') token.attrJoin('class', name)
    column += 1
  })
}
