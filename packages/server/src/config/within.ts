import { isUsageError, UsageError } from '@rtmp/bytes'

/** Does it, and says of a wrong option where it stands: `deny[0]` in `access.addresses.play` is `access.addresses.play.deny[0]`. */
export const within = <T>(path: string, act: () => T): T => {
  try {
    return act()
  } catch (error) {
    if (!isUsageError(error)) throw error
    const { code, message } = error
    const plain = message.replace(` (${code} at ${error.path})`, '')
    throw new UsageError(code, plain, `${path}.${error.path}`, { cause: error })
  }
}
