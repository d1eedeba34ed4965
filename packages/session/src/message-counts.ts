import { MessageTypeId } from '@rtmp/chunk'

/** How many messages of each kind have come. */
export class MessageCounts {
  audio = 0
  video = 0
  data = 0
  commands = 0
  /** Messages that meant nothing where they came. */
  ignored = 0
  warnings = 0

  /** A message is handled, or, with -1, is put away to be handled again later: each counts once. */
  count(typeId: number, by: 1 | -1 = 1): void {
    switch (typeId) {
      case MessageTypeId.audio:
        this.audio += by
        break
      case MessageTypeId.video:
        this.video += by
        break
      case MessageTypeId.dataAmf0:
      case MessageTypeId.dataAmf3:
        this.data += by
        break
      case MessageTypeId.commandAmf0:
      case MessageTypeId.commandAmf3:
        this.commands += by
        break
      default:
        break
    }
  }
}
