import { PublishRejected } from './errors.ts'
import type { RtmpPublisherOptions } from './options.ts'
import type { StreamUse } from './stream-link.ts'

/** A message stream that publishes. */
export const publishUse = ({ announce = true, publishType = 'live' }: RtmpPublisherOptions): StreamUse => ({
  stage: 'publish',
  announce(session, { streamName }) {
    if (!announce) return
    session.announce('releaseStream', streamName)
    session.announce('FCPublish', streamName)
  },
  ask: (session, messageStreamId, { streamName }) =>
    session.publish(messageStreamId, { streamName, publishType }),
  rejected: ({ status }) => new PublishRejected(status),
  leave(session, { streamName }) {
    if (announce) session.announce('FCUnpublish', streamName)
  },
})
