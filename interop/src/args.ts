/**
 * The words of a command line, written as one: the text is cut at white space; a value stays whole, whatever is in it,
 * and sticks to the text around it. A list stands for several words, `undefined` and an empty list for none.
 *
 *     args`-i ${'my file.flv'} -t ${2} ${loop ? ['-stream_loop', '-1'] : []} location=${url}`
 */
export function args(
  text: TemplateStringsArray,
  ...values: readonly (string | number | undefined | readonly string[])[]
): string[] {
  const words: string[] = []
  let open: string | undefined
  const close = (): void => {
    if (open !== undefined) words.push(open)
    open = undefined
  }
  text.forEach((piece, index) => {
    piece.split(/\s+/).forEach((word, position) => {
      if (position > 0) close()
      if (word !== '') open = (open ?? '') + word
    })
    const value = values[index]
    if (typeof value === 'object') {
      close()
      words.push(...value)
    } else if (value !== undefined) open = `${open ?? ''}${value}`
  })
  close()
  return words
}
