/** What would end a parameter, or be taken for an escape. All else stays: most servers do not decode. */
const SPECIAL = /[%&=?/#+\s\p{Cc}[\]]/gu

/** A user name as a parameter of the app. */
export const authParameter = (text: string): string => text.replace(SPECIAL, encodeURIComponent)
