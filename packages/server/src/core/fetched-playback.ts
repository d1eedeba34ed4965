import type { PlayContext } from '../contract/contexts.ts'
import type { Peer } from './peer.ts'
import { Playback, type PlaybackServices } from './playback.ts'
import type { OpenRecorded } from './recorded-stream.ts'
import type { Terms } from './terms.ts'

/** A play of a recording whose client fetches it piece by piece: whoever answers it sees to its end. */
export class FetchedPlayback extends Playback {
  /** Opens what is played. */
  readonly open: OpenRecorded

  constructor(
    peer: Peer,
    services: PlaybackServices,
    context: PlayContext,
    terms: Terms | undefined,
    open: OpenRecorded,
    now: number,
  ) {
    super(peer, services, context, terms, now)
    this.open = open
  }

  /** It is given nothing, ever. */
  override isIdle(): boolean {
    return false
  }

  /** There is no stream to join. */
  override join(): void {}
}
