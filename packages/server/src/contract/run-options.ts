/** A command that is run. It is started as it stands, never through a shell. */
export interface RunCommand {
  /** The program and its arguments, for example `['ffmpeg', '-i', 'rtmp://localhost/live/show', …]`; `{path}`, `{app}` and `{streamName}` in arguments stand for the stream's. */
  readonly command: readonly string[]
  /** For which streams, written `app/name`; `*` stands for any text. Default `'*'`: all. */
  readonly stream?: string
}

/**
 * Commands that are run when something happens. What it is stands in their environment: `RTMP_EVENT`, `RTMP_PATH`, `RTMP_APP`,
 * `RTMP_STREAM_NAME`, and by event `RTMP_ADDRESS`, `RTMP_CONNECTION`, `RTMP_FILE`, `RTMP_FILE_NAME`, `RTMP_DURATION_MS`, `RTMP_BYTES`; of the server's own they are
 * given `PATH`, `HOME`, `LANG`, `TZ` and `TMPDIR` only.
 */
export interface RunOptions {
  /** With each publish; ended with it. */
  readonly onPublish?: readonly RunCommand[]
  /** With each play; ended with it. */
  readonly onPlay?: readonly RunCommand[]
  /** With each file of a recording that is finished; not ended. */
  readonly onRecordingEnded?: readonly RunCommand[]
}

/** Which command, and what it runs for. */
export interface RunInfo {
  /** As the configuration has it, with nothing filled in. */
  readonly command: string
  /** `'recordingEnded'` once for each finished file. */
  readonly event: 'publish' | 'play' | 'recordingEnded'
  /** The stream. */
  readonly path: string
}
