import { isUsageError, UsageError } from '@rtmp/bytes'

/** What a usage error says to people: its code and path stand beside it. */
export const plainMessage = ({ code, message, path }: UsageError): string =>
  message.replace(` (${code} at ${path})`, '')

/** Does it, and says of a wrong option where it stands: `deny[0]` in `access.addresses.play` is `access.addresses.play.deny[0]`. */
export const within = <T>(path: string, act: () => T): T => {
  try {
    return act()
  } catch (error) {
    if (!isUsageError(error)) throw error
    throw new UsageError(error.code, plainMessage(error), `${path}.${error.path}`, { cause: error })
  }
}
