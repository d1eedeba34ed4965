/** What a case about a server works with: connections to it. What cases do with it beyond this may change in every version. */
export interface ServerTest {
  /** What has gone over its connections, for people: a line for each message. */
  transcript(): readonly string[]
}

/** What a case about a client works with: connections of it. What cases do with it beyond this may change in every version. */
export interface ClientTest {
  /** What has gone over its connections, for people: a line for each message. */
  transcript(): readonly string[]
}
