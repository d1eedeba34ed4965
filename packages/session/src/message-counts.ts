/** How many messages of each kind have come. */
export class MessageCounts {
  audio = 0
  video = 0
  data = 0
  commands = 0
  /** Messages that meant nothing where they came. */
  ignored = 0
  warnings = 0
}
