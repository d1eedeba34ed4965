/** What a client wants to do with a stream. */
export type StreamAction = 'publish' | 'play'
