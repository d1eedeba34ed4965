import { shownText } from '@rtmp/bytes/text'

/** The longest text of lines that is shown, in UTF-16 units. */
const MOST = 20_000

/** Text of a stranger for a terminal, as {@link shownText} has it; line ends stay. */
export const safeText = (text: string): string => {
  const lines = text.slice(0, MOST).split('\n')
  const more = text.length > MOST ? `… (${text.length - MOST} more characters)` : ''
  return lines.map((line) => shownText(line, MOST)).join('\n') + more
}
