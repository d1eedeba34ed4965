import { timestampDifference } from '@rtmp/bytes/time'
import { FlvNotice, TagType } from './tag.ts'

const HOUR = 3_600_000

/** Looks at the timestamps of tags, each type by itself. Nothing is corrected. */
export class TimeWatch {
  #audio = -1
  #video = -1
  #script = -1

  /** Forgets what was: time starts again. */
  reset(): void {
    this.#audio = this.#video = this.#script = -1
  }

  /** The bits of `FlvNotice` that a timestamp deserves. */
  look(typeId: number, timestamp: number): number {
    let last: number
    if (typeId === TagType.video) {
      last = this.#video
      this.#video = timestamp
    } else if (typeId === TagType.audio) {
      last = this.#audio
      this.#audio = timestamp
    } else {
      last = this.#script
      this.#script = timestamp
    }
    const negative = timestamp > 0x7fffffff ? FlvNotice.negativeTime : 0
    if (last < 0) return negative
    const difference = timestampDifference(timestamp, last)
    if (difference < 0) return negative | FlvNotice.timeBackwards
    return difference > HOUR ? negative | FlvNotice.timeJump : negative
  }
}
