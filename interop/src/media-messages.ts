import { readConversation } from './chunk-oracle.ts'

const AUDIO = 8
const VIDEO = 9

/** One audio or video message as it stood on the wire. */
interface MediaMessage {
  readonly timestamp: number
  readonly body: Buffer
}

/** The audio and video messages that one side of a tapped connection said, each kind in its order. */
export interface MediaMessages {
  readonly audio: readonly MediaMessage[]
  readonly video: readonly MediaMessage[]
}

/** Takes the media out of one side of a tapped connection. */
export function mediaMessages(bytes: Buffer): MediaMessages {
  const { messages } = readConversation(bytes)
  // Some senders flush an empty audio or video message: it carries nothing.
  const of = (type: number): MediaMessage[] =>
    messages.filter((message) => message.type === type && message.body.length > 0)
  return { audio: of(AUDIO), video: of(VIDEO) }
}

/**
 * In plain words, where the media that a player got differ from those that a publisher sent; empty when the player got
 * every message with its bytes and its timestamp, none twice.
 *
 * @param options.cut the last messages may be missing (of a player that left, or a publisher that died)
 */
export function mediaProblems(
  sent: MediaMessages,
  received: MediaMessages,
  options: { readonly cut?: boolean } = {},
): readonly string[] {
  const problems: string[] = []
  for (const kind of ['video', 'audio'] as const) {
    const theirs = sent[kind]
    const ours = received[kind]
    for (let index = 0; index < ours.length; index += 1) {
      const want = theirs[index]
      const got = ours[index]
      if (
        want !== undefined &&
        got !== undefined &&
        want.body.equals(got.body) &&
        want.timestamp === got.timestamp
      )
        continue
      const what = want === undefined ? 'nothing' : `${want.body.length} bytes at ${want.timestamp} ms`
      problems.push(
        `${kind} message ${index} is ${got?.body.length} bytes at ${got?.timestamp} ms; ${what} was sent`,
      )
      break
    }
    if (ours.length < theirs.length && options.cut !== true)
      problems.push(`${theirs.length - ours.length} of ${theirs.length} ${kind} messages are missing`)
  }
  return problems
}
