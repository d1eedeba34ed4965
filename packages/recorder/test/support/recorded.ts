import { MediaMessage } from '@rtmp/e-rtmp'
import { decodeFlv, TagType } from '@rtmp/flv'
import { metadataOfTag } from '@rtmp/flv/file'
import { readRepoFile } from '@rtmp/testkit'
import { type RecordingEvent, record, type RecordingItem, type RecordOptions } from '../../src/index.ts'
import { MemoryFiles } from './memory-files.ts'

/** The messages of a sample, as a server has them. */
export const messagesOf = async (name: string): Promise<MediaMessage[]> =>
  decodeFlv(await readRepoFile(`media/${name}.flv`)).map(
    (tag) =>
      new MediaMessage(
        tag.typeId,
        tag.timestamp,
        tag.payload,
        tag.typeId === TagType.script && metadataOfTag(tag) !== undefined ? 'onMetaData' : '',
      ),
  )

/** A clock that goes by the times of what is recorded. */
export class StreamClock {
  time = 1_700_000_000_000
  readonly now = (): number => this.time
  readonly after = (): (() => void) => () => {}
}

export interface Recorded {
  readonly files: MemoryFiles
  readonly events: readonly RecordingEvent[]
  /** Finished files in order. */
  readonly paths: readonly string[]
}

/** Records messages into memory, in no time. */
export const recorded = async (
  items: Iterable<RecordingItem> | AsyncIterable<RecordingItem>,
  options: Partial<RecordOptions> = {},
  files: MemoryFiles = new MemoryFiles(),
): Promise<Recorded> => {
  const events: RecordingEvent[] = []
  const clock = new StreamClock()
  const start = clock.time
  let first: number | undefined
  async function* source(): AsyncGenerator<RecordingItem> {
    for await (const item of items) {
      if ('timestamp' in item) {
        first ??= item.timestamp
        clock.time = Math.max(clock.time, start + ((item.timestamp - first) >>> 0))
      }
      yield item
    }
  }
  const recording = record(source(), {
    file: 'out/{path}/{index}.{ext}',
    path: 'live/show',
    files,
    clock,
    onEvent: (event) => void events.push(event),
    onError: (error) => {
      throw error
    },
    ...options,
  })
  await recording.ended
  const paths = events.flatMap((event) => (event.kind === 'fileCompleted' ? [event.file] : []))
  return { files, events, paths }
}
