// Cells of tables by what is in them, so that narrow screens break prose and never an id (`R-001`, `HLS_OPTION_RANGE`): the style sheet
// of the theme says how.

/** As much of a token of markdown-it as is needed. */
interface Token {
  readonly type: string
  readonly content: string
  attrJoin(name: string, value: string): void
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

/** The class of a cell; empty for one that needs none. */
export const cellClass = (content: string, isFirst: boolean): '' | 'whole' | 'prose' => {
  const text = shown(content)
  if (text !== '' && !/\s/.test(text) && text.length <= (isFirst ? WHOLE_NAME : WHOLE_WORD)) return 'whole'
  return text.length > PROSE ? 'prose' : ''
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
