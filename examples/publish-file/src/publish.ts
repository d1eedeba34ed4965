import { isRtmpClientError, publishFile as publish } from '@rtmp/client'

/** Publishes a file and says in words how it goes. Returns an exit status. */
export const publishFile = async (
  file: string,
  url: string,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<number> => {
  try {
    const { tags, durationMs } = await publish(file, url, {
      signal,
      reconnect: { maximumMs: 5000 },
      onLog: ({ level, text }) => {
        if (level !== 'debug') say(text)
      },
    })
    say(`${tags} tags, ${(durationMs / 1000).toFixed(1)} s`)
    return 0
  } catch (error) {
    if (signal.aborted) return 130
    if (!isRtmpClientError(error)) throw error
    say(`${error.code}: ${error.message}`)
    return 1
  }
}
