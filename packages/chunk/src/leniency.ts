/** What a reader puts up with that the specification does not allow. Each has a vector and software that needs it. */
export interface ChunkLeniency {
  /**
   * Chunks that continue a message (fmt 3) may lack the extended timestamp that RTMP 1.0 §5.3.1.3 asks for. Whether they
   * do is found out once for each chunk stream, by comparing the four bytes with the expected value. When `false` the
   * four bytes are always taken for the extension.
   *
   * Four zeros count as a field that was not filled in.
   *
   * Needed by librtmp and OBS Studio before 30.1, rtmpdump, and phone SDKs after 4 h 39 min; the zeros by programs on
   * rust-media-libs before 0.4.1.
   */
  readonly omittedExtendedTimestamp: boolean
  /**
   * The least header a chunk stream may begin with. `'fmt1'` takes timestamp 0 and message stream 0 as its start; `'any'`
   * also an empty message of type 0, as FFmpeg does.
   *
   * `'fmt1'` is needed by librtmp, whose first answer to a ping on csid 2 is fmt 1, and by some cameras.
   */
  readonly firstHeader: 'fmt0' | 'fmt1' | 'any'
  /**
   * A fmt 1 or 2 header in mid-message counts as its continuation when its length and type are those of the message; its
   * delta is ignored. (FFmpeg takes these too.)
   */
  readonly repeatedHeader: boolean
  /**
   * What a fmt 0 header in mid-message does: `'refuse'` ends the connection, `'drop'` gives up the message that was begun
   * and starts the new one. Any other header in mid-message that changes what is known ends the connection either way.
   *
   * `'drop'` is for encoders that give up a frame without an Abort; other servers refuse them.
   */
  readonly interruptedMessage: 'refuse' | 'drop'
  /**
   * What fmt 3 adds when it opens a message straight after a fmt 0: that header's `'timestamp'`, as RTMP 1.0 §5.3.1.2.4
   * says and FMLE relies on, or `'zero'`, which nginx-rtmp, gortmplib and GStreamer's rtmp2 mean by it.
   */
  readonly deltaAfterFmt0: 'timestamp' | 'zero'
}

/** Takes what real peers send. */
export const LENIENT: ChunkLeniency = {
  omittedExtendedTimestamp: true,
  firstHeader: 'fmt1',
  repeatedHeader: true,
  interruptedMessage: 'refuse',
  deltaAfterFmt0: 'timestamp',
}

/** Takes what RTMP 1.0 allows and nothing else: for testing peers. */
export const STRICT: ChunkLeniency = {
  omittedExtendedTimestamp: false,
  firstHeader: 'fmt0',
  repeatedHeader: false,
  interruptedMessage: 'refuse',
  deltaAfterFmt0: 'timestamp',
}
