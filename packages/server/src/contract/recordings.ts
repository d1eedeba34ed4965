/** Streams that are recorded, and where to. */
export interface RecordingRule {
  /** Which streams, written `app/name`; `*` stands for any text. Default `'*'`: all. */
  readonly stream?: string
  /**
   * Where to: a template with `{path}`, `{app}`, `{streamName}`, `{start}`, `{date}`, `{time}`, `{index}` and `{ext}`. What stands before
   * the first of them is a folder that nothing leaves.
   */
  readonly file: string
  /** Default `'flv'`. */
  readonly format?: 'flv' | 'fmp4'
  /** A new file at the first key frame after so many milliseconds. Default none. */
  readonly splitMs?: number
  /** A new file at the first key frame behind so many bytes. Default none. */
  readonly splitBytes?: number
  /** What becomes of a codec configuration that changes. Default `'newFile'`. */
  readonly newHeaders?: 'newFile' | 'inFile'
  /** Whether every stream that fits is recorded (default), or those that an administrator, a hook or a callback asks for. */
  readonly on?: 'always' | 'request'
  /** Files are removed so many milliseconds after they were finished. Default: never. */
  readonly keepMs?: number
  /** The oldest files are removed when all of this rule are larger than so many bytes. Default: never. */
  readonly keepBytes?: number
  /** What is lost by a power cut at most, in milliseconds. Default 5000. */
  readonly syncMs?: number
  /** What is left free on the disk, in bytes. Default 64 MiB. */
  readonly minFreeBytes?: number
}

/** Which recording, of what. */
export interface RecordingInfo {
  /** Different for each recording of a server. */
  readonly recording: number
  /** Of the stream. */
  readonly app: string
  /** Of the stream, as it was published or renamed by a hook. */
  readonly streamName: string
  /** App and name in one. */
  readonly path: string
  /** Fixed by the rule that it goes by. */
  readonly format: 'flv' | 'fmp4'
}

/** A finished file. */
export interface RecordedSegment {
  /** Its path on the disk. */
  readonly file: string
  /** What it is called below `/_/recordings/`, and `vod/` over RTMP. */
  readonly name: string
  /** Which file of its recording, from 1 on. */
  readonly index: number
  /** Size of the file. */
  readonly bytes: number
  /** From its first frame to the end of its last. */
  readonly durationMs: number
  /** When its first frame came, in milliseconds since 1970. */
  readonly firstAt: number
  /** When its last frame came, in milliseconds since 1970. */
  readonly lastAt: number
}

/** A recording as it is now. */
export interface RecordingStats extends RecordingInfo {
  /** `'interrupted'` while the disk is full or fails; it is tried again. */
  readonly state: 'recording' | 'interrupted'
  /** The file that is being written; `undefined` when there is none. */
  readonly file: string | undefined
  /** Of all its files. */
  readonly bytes: number
  /** Of all its files. */
  readonly durationMs: number
  /** In milliseconds since 1970. */
  readonly startedAt: number
}

/** A finished file that is kept. */
export interface KeptRecording {
  /** What it is called below `/_/recordings/`, and `vod/` over RTMP. */
  readonly name: string
  /** Size of the file. */
  readonly bytes: number
  /** When it was finished, in milliseconds since 1970. */
  readonly changedAt: number
}

/** What is being recorded, and what was. */
export interface RecordingControl {
  /** Resolves when what was left unfinished has been finished, but for files that were changed a moment ago: those are looked at again. */
  readonly repaired: Promise<void>
  /** Recordings that are under way. */
  stats(): RecordingStats[]
  /**
   * Begins to record a stream by the rules that fit, those of `on: 'request'` included, unless they do so already.
   *
   * @returns what has begun; none where no rule fits or nobody publishes it
   */
  start(path: string): RecordingInfo[]
  /** Ends a recording; resolves when its file is finished. False where there is none of that number. */
  stop(recording: number): Promise<boolean>
  /** All finished files, the newest first. */
  list(): Promise<readonly KeptRecording[]>
  /** Removes a file. False where there is none of that name. */
  remove(name: string): Promise<boolean>
  /** Removes files that were kept long enough, or are too much. Done by itself each minute, and whenever a file is finished. */
  expireNow(): Promise<void>
}
