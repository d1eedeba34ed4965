/** What packages throw of their own. */
const OURS: ReadonlySet<string> = new Set(['DecodeError', 'ProtocolError', 'UsageError'])

/** The code of the error of ours that something throws; `'none'` when it throws nothing. @throws whatever else it throws */
export const codeOf = (run: () => unknown): string => {
  try {
    run()
    return 'none'
  } catch (error) {
    const { name = '', code = '' } = error as { readonly name?: string; readonly code?: string }
    if (!OURS.has(name)) throw error
    return code
  }
}
