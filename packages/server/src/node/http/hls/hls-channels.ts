import type { StreamPlace } from '@rtmp/message'
import type { HlsServerOptions } from '../../../contract/hls-options.ts'
import { watchPublishedHere } from '../../../core/published-here.ts'
import type { ServerCore } from '../../../core/server-core.ts'
import type { OpenRecorded } from '../../../core/recorded-stream.ts'
import { HlsChannel } from './hls-channel.ts'
import { RecordedChannel } from './recorded-channel.ts'

/** The streams and recordings that are HLS at present. */
export class HlsChannels {
  readonly #core: ServerCore
  readonly #options: HlsServerOptions
  readonly #channels = new Map<string, HlsChannel>()
  readonly #recorded = new Map<string, RecordedChannel>()
  readonly #off: (() => void) | undefined

  constructor(core: ServerCore, options: HlsServerOptions) {
    this.#core = core
    this.#options = options
    if (options.mode === 'always')
      this.#off = watchPublishedHere(core, { came: (stream) => void this.of(placeOf(stream)) })
  }

  /** A stream as HLS, from now on if it was not; `undefined` when there is no such stream. */
  of(place: StreamPlace): HlsChannel | undefined {
    const { app, streamName, path } = place
    const known = this.#channels.get(path)
    if (known !== undefined && !known.hasEnded) return known
    const channel = new HlsChannel(this.#core, { app, streamName, path }, this.#options, (gone) => {
      if (this.#channels.get(path) === gone) this.#channels.delete(path)
    })
    if (!channel.begin()) {
      channel.close()
      return undefined
    }
    this.#channels.set(path, channel)
    return channel
  }

  /** Lets all of them go. */
  close(): void {
    this.#off?.()
    for (const channel of [...this.#channels.values(), ...this.#recorded.values()]) channel.close()
  }

  /** A recording as HLS. @param open - Opens its file. @param address - Who asks. */
  recorded(path: string, open: OpenRecorded, address: string): RecordedChannel {
    const known = this.#recorded.get(path)
    if (known !== undefined) return known
    const channel = new RecordedChannel(this.#core, path, open, address, (gone) => {
      if (this.#recorded.get(path) === gone) this.#recorded.delete(path)
    })
    this.#recorded.set(path, channel)
    return channel
  }
}

const placeOf = ({ app, name, path }: { app: string; name: string; path: string }): StreamPlace => ({
  app,
  streamName: name,
  path,
})
