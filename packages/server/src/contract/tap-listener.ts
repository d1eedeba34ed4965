import type { MediaMessage } from '@rtmp/e-rtmp'

/** Gets every message of a stream, while the stream is at work: it must not call back at once. What it is given it may keep. */
export type TapListener = (message: MediaMessage, now: number) => void
