/**
 * Text of a stranger for a terminal: control characters, which could move the cursor or hide what is there, as escapes.
 * Line ends stay.
 */
export const safeText = (text: string): string =>
  // oxlint-disable-next-line no-control-regex -- these are what it is about
  text.replace(
    /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (character) => {
      const code = character.charCodeAt(0)
      return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`
    },
  )
