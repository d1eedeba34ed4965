// One state machine, which is why it is longer than other files: every step decides by the same few fields what the
// window's first bytes are. What needs less than that is in files of its own (search, evidence, strictness, log, time).
//
// Invariants:
// - The window starts at the next unconsumed byte. `#lead` bytes of it (the rest of a file header and
//   PreviousTagSize0) come before the tag that is expected.
// - A tag is consumed together with the back pointer behind it, once both are there.
// - What is thrown once is thrown again: the state behind it is that of a half-finished step.
import { DamageLog } from './damage-log.ts'
import { flvError } from './errors.ts'
import { decodeFlvHeader, FLV_HEADER_SIZE, type FlvHeader, isFlvSignature } from './file-header.ts'
import { DEFAULT_FLV_LIMITS, type FlvDamage, type FlvReaderOptions, SEARCH_MEMORY } from './reader-options.ts'
import { SliceWindow } from './slice-window.ts'
import { demandStrictHeader, demandStrictTag, refuseTag } from './strict.ts'
import { FlvNotice, type FlvTag, TAG_HEADER_SIZE, TAG_OVERHEAD } from './tag.ts'
import { isFollowed } from './tag-evidence.ts'
import {
  hidesTag,
  isKnownType,
  isPlausibleTagHeader,
  isUsualBackPointer,
  u24At,
  u32At,
} from './tag-header.ts'
import { TagSearch } from './tag-search.ts'
import { TimeWatch } from './time-watch.ts'

/**
 * Reads an FLV file or stream that arrives in slices of any size (FLV §E.2, §E.3, §E.4.1).
 *
 * Push what arrives, read until `undefined`, push again; call {@link end} when nothing more comes and read the rest.
 * Payloads are views of the pushed slices where they lie in one (see `copyPayloads`), otherwise one copy.
 *
 * @example
 * const reader = new FlvReader()
 * reader.push(bytes)
 * reader.end()
 * for (let tag = reader.read(); tag !== undefined; tag = reader.read()) console.log(tag.typeId, tag.timestamp)
 */
export class FlvReader {
  readonly #window: SliceWindow
  readonly #policy: 'skip' | 'stop' | 'strict'
  readonly #headerOptional: boolean
  readonly #maxTagSize: number
  /** How much of the input a search holds. */
  readonly #searchMemory: number
  /** Longest tag that is believed on weaker grounds than where it stands. */
  readonly #maxFoundSize: number
  readonly #copyPayloads: boolean
  readonly #time = new TimeWatch()
  readonly #search: TagSearch
  readonly #log = new DamageLog()
  #header: FlvHeader | undefined
  #expectsHeader = true
  #lead = 0
  #needed = 0
  /** The tag before had a wrong back pointer, too: they are of no use in this file. */
  #pointersBad = false
  /** A search went to the end of the input and found nothing. */
  #nothingAhead = false
  #notices = 0
  #stopped = false
  #error: unknown

  /** @param options - Policies and limits; every one has a default. */
  constructor(options: FlvReaderOptions = {}) {
    this.#window = new SliceWindow(options.position ?? 0)
    this.#policy = options.damaged ?? 'skip'
    this.#headerOptional = options.header === 'optional'
    this.#maxTagSize = options.maxTagSize ?? DEFAULT_FLV_LIMITS.maxTagSize
    this.#searchMemory = options.resyncWindow ?? SEARCH_MEMORY
    this.#maxFoundSize = Math.min(this.#maxTagSize, this.#searchMemory)
    this.#copyPayloads = options.copyPayloads ?? false
    const limit = options.resyncWindow ?? DEFAULT_FLV_LIMITS.resyncWindow
    this.#search = new TagSearch(limit, this.#searchMemory, this.#maxFoundSize)
  }

  /** The newest file header that was read; `undefined` before the first one, or when the input has none. */
  get header(): FlvHeader | undefined {
    return this.#header
  }

  /** Position in the file of the next byte to be consumed: after the last tag, where an append can go on. */
  get position(): number {
    return this.#window.position
  }

  /** Memory that it keeps, in bytes: of a tag that has not come whole, and of slices that have not been looked at. */
  get heldBytes(): number {
    return this.#window.heldBytes
  }

  /** The first hundred places where the input is not as it should be. */
  get damages(): readonly FlvDamage[] {
    return this.#log.damages
  }

  /** Bytes that belong to no tag that was delivered. */
  get skippedBytes(): number {
    return this.#log.skippedBytes
  }

  /** Whether the input ended inside a tag or its back pointer; known when everything has been read. */
  get truncated(): boolean {
    return this.#log.truncated
  }

  /** Takes the next slice of input, which the caller leaves unchanged while payloads that view it are in use. */
  push(bytes: Uint8Array): void {
    this.#window.push(bytes)
  }

  /** Says that no bytes will follow. What is still complete can be read afterwards. */
  end(): void {
    this.#window.finish()
  }

  /**
   * The next tag, or `undefined` when more bytes are needed, or after {@link end} when there are no more.
   *
   * @throws DecodeError `FLV_SIGNATURE`, `FLV_HEADER_LENGTH`, `FLV_RESYNC_FAILED`; under `'strict'` also the other
   *   `FLV_…` codes. The reader is of no further use then, and throws the same error again.
   */
  read(): FlvTag | undefined {
    const window = this.#window
    const { bytes, at, end } = window
    // The plain case in a few comparisons: a faultless tag inside the window, no state pending.
    if (end - at >= TAG_OVERHEAD && this.#lead === 0 && this.#search.distance < 0 && !this.#expectsHeader) {
      const dataSize = u24At(bytes, at + 1)
      const behind = at + TAG_HEADER_SIZE + dataSize
      if (
        behind + 4 <= end &&
        dataSize <= this.#maxTagSize &&
        u32At(bytes, behind) === TAG_HEADER_SIZE + dataSize &&
        isPlausibleTagHeader(bytes, at)
      ) {
        return this.#deliver(at, dataSize, TAG_OVERHEAD + dataSize, 0)
      }
    }
    return this.#readWithCare()
  }

  #readWithCare(): FlvTag | undefined {
    if (this.#error !== undefined) throw this.#error
    try {
      return this.#readNext()
    } catch (error) {
      this.#error = error
      throw error
    }
  }

  #readNext(): FlvTag | undefined {
    while (!this.#stopped) {
      this.#needed = 0
      const tag = this.#expectsHeader
        ? this.#tryHeader()
        : this.#search.distance >= 0
          ? this.#trySearch()
          : this.#tryTag()
      if (tag !== undefined) return tag
      const searching = this.#search.distance >= 0
      if (this.#needed > 0 && !this.#window.gather(this.#needed, searching)) return undefined
    }
    return undefined
  }

  /** Reads the file header at the window's start, be it the first one or that of a concatenated file. */
  #tryHeader(): undefined {
    const window = this.#window
    const length = window.end - window.at
    const signature = isFlvSignature(window.bytes.subarray(window.at, window.end))
    if (length < FLV_HEADER_SIZE && !window.isFinal) {
      this.#needed = FLV_HEADER_SIZE
      return
    }
    this.#expectsHeader = false
    if (!signature || length < FLV_HEADER_SIZE) {
      if (this.#headerOptional) return
      if (!signature && length > 0) {
        throw flvError('FLV_SIGNATURE', 'an FLV file begins with "FLV"', window.position)
      }
      this.#endInside(length)
      return
    }
    const dataOffset = u32At(window.bytes, window.at + 5)
    const farAway = dataOffset < FLV_HEADER_SIZE || dataOffset > this.#searchMemory
    if (farAway && !this.#headerOptional) {
      throw flvError('FLV_HEADER_LENGTH', `DataOffset ${dataOffset} cannot be`, window.position + 5)
    }
    const bytes = window.bytes.slice(window.at, window.at + FLV_HEADER_SIZE)
    if (farAway) bytes.set([0, 0, 0, FLV_HEADER_SIZE], 5)
    const header = decodeFlvHeader(bytes)
    if (this.#policy === 'strict') demandStrictHeader(header, window.position)
    if (this.#header !== undefined) {
      this.#notices |= FlvNotice.newHeader
      this.#time.reset()
    }
    this.#header = header
    this.#lead = header.dataOffset - FLV_HEADER_SIZE + 4
    window.advance(FLV_HEADER_SIZE)
  }

  /** Reads the tag behind `#lead` bytes, or finds that none can be there. */
  #tryTag(): FlvTag | undefined {
    const window = this.#window
    const { bytes, end } = window
    const lead = this.#lead
    const at = window.at + lead
    const length = end - at
    if (length < TAG_HEADER_SIZE) {
      // A DataOffset behind the end of the file: the tags may be nearer.
      if (window.isFinal && length < 0 && lead > 4) return this.#damaged(true)
      if (window.isFinal) return this.#endInside(Math.max(0, length))
      this.#needed = lead + TAG_HEADER_SIZE
      return
    }
    if (lead === 0 && isFlvSignature(bytes, at) && bytes[at + 3] === 1) {
      this.#expectsHeader = true
      return
    }
    const dataSize = u24At(bytes, at + 1)
    const plausible = isPlausibleTagHeader(bytes, at)
    const longest = plausible ? this.#maxTagSize : this.#maxFoundSize
    if (dataSize > longest) {
      if (this.#policy === 'strict') refuseTag(dataSize, this.#maxTagSize, window.position + lead)
      return this.#damaged()
    }
    const whole = TAG_OVERHEAD + dataSize
    if (length < whole) {
      if (!window.isFinal) {
        this.#needed = lead + whole
        return
      }
      const missing = whole - length
      if (!plausible || missing > 4) return this.#damaged(true)
      if (this.#policy === 'strict') this.#refuseEnd()
      const repaired = this.#repaired(lead + length)
      if (repaired !== undefined) return repaired
      const tag = this.#deliverBehindLead(dataSize, length, missing < 4 ? FlvNotice.previousTagSize : 0)
      this.#log.add('truncated', window.position, 0)
      return tag
    }
    const behind = at + TAG_HEADER_SIZE + dataSize
    const backPointer = u32At(bytes, behind)
    if (this.#policy === 'strict') demandStrictTag(bytes, at, window.position + lead, lead >= 4)
    if (
      backPointer === TAG_HEADER_SIZE + dataSize ||
      (plausible && isUsualBackPointer(backPointer, dataSize))
    ) {
      return this.#deliverBehindLead(dataSize, whole, 0)
    }
    if (!plausible) return this.#damaged()
    // Either DataSize or the back pointer is wrong. If a tag follows, it was the back pointer.
    const followed =
      !hidesTag(bytes, at, behind, backPointer) &&
      isFollowed(window, at + whole, this.#maxFoundSize, this.#pointersBad)
    if (typeof followed === 'number') {
      this.#needed = followed - window.at
      return
    }
    if (!followed) return this.#damaged()
    const tag = this.#deliverBehindLead(dataSize, whole, FlvNotice.previousTagSize)
    this.#pointersBad = true
    return tag
  }

  /** @throws DecodeError `FLV_TRUNCATED` */
  #refuseEnd(): never {
    const { position, at, end } = this.#window
    throw flvError('FLV_TRUNCATED', 'the file ends inside a tag', position + end - at)
  }

  #deliverBehindLead(dataSize: number, consumed: number, notices: number): FlvTag {
    const lead = this.#lead
    const window = this.#window
    const at = window.at + lead
    if (lead >= 4 && u32At(window.bytes, at - 4) !== 0) notices |= FlvNotice.previousTagSize
    this.#lead = 0
    window.advance(lead)
    return this.#deliver(at, dataSize, consumed, notices)
  }

  /** The tag at the window's start; `consumed` bytes of the window are spent. */
  #deliver(at: number, dataSize: number, consumed: number, noticed: number): FlvTag {
    const window = this.#window
    const { bytes, position } = window
    const first = bytes[at] as number
    const typeId = first & 0x1f
    const timestamp = (u24At(bytes, at + 4) | ((bytes[at + 7] as number) << 24)) >>> 0
    const streamId = u24At(bytes, at + 8)
    const start = at + TAG_HEADER_SIZE
    const payload = this.#copyPayloads
      ? bytes.slice(start, start + dataSize)
      : new Uint8Array(window.buffer, window.byteOffset + start, dataSize)
    let notices = noticed | this.#notices | this.#time.look(typeId, timestamp)
    if (streamId !== 0) notices |= FlvNotice.streamId
    if (!isKnownType(typeId)) notices |= FlvNotice.unknownType
    this.#notices = 0
    this.#pointersBad = false
    window.advance(consumed)
    return { typeId, timestamp, payload, streamId, filtered: (first & 0x20) !== 0, offset: position, notices }
  }

  /** The input is over; `length` bytes of an incomplete tag are left. */
  #endInside(length: number): undefined {
    const window = this.#window
    this.#stopped = true
    const rest = window.end - window.at
    if (length > 0 || (this.#header === undefined && !this.#headerOptional)) {
      if (this.#policy === 'strict') this.#refuseEnd()
      this.#log.add('truncated', window.position, rest)
    }
  }

  /** No tag can be where one should, or the file ends inside it (`cut`): do as the policy says. */
  #damaged(cut = false): FlvTag | undefined {
    const window = this.#window
    const lead = this.#lead
    if (this.#policy === 'strict') {
      if (cut) this.#refuseEnd()
      refuseTag(0, 0, window.position + lead)
    }
    if (this.#policy === 'stop') {
      this.#stopped = true
      const kind = cut ? 'truncated' : 'stopped'
      this.#log.add(kind, window.position + lead, window.end - window.at - lead)
      return undefined
    }
    if (this.#nothingAhead && window.isFinal) {
      this.#pointersBad = true
      return this.#foundNothing()
    }
    this.#search.start(lead > 0 ? 0 : 1)
    return undefined
  }

  #trySearch(): FlvTag | undefined {
    const found = this.#search.advance(this.#window, this.#lead)
    if (typeof found === 'number' && this.#search.isLong(this.#lead)) {
      // Damage longer than any tag: go on without the one it began in.
      const count = this.#search.giveUpTag()
      this.#log.add('skipped', this.#window.position, count)
      this.#notices |= FlvNotice.damageBefore
      this.#lead = 0
      this.#window.advance(count)
      return undefined
    }
    if (typeof found === 'number') {
      this.#needed = found
      return undefined
    }
    return found ? this.#resume() : this.#foundNothing()
  }

  /**
   * The input ends without a tag that can be confirmed. The damaged one may be the last, with a good back pointer;
   * otherwise it is taken at its word, if that leads anywhere.
   */
  #foundNothing(): FlvTag | undefined {
    const window = this.#window
    const rest = window.end - window.at
    this.#search.distance = -1
    this.#nothingAhead = true
    const last = this.#repaired(rest)
    if (last !== undefined) return last
    if (!this.#pointersBad) {
      this.#pointersBad = true
      return undefined
    }
    this.#stopped = true
    this.#log.add('truncated', window.position, rest)
    return undefined
  }

  /** Goes on at the tag that was found; delivers the damaged one if all of it can be told. */
  #resume(): FlvTag | undefined {
    const window = this.#window
    const { bytes, position } = window
    const { distance } = this.#search
    this.#search.distance = -1
    const repaired = this.#repaired(distance)
    if (repaired !== undefined) return repaired
    const at = window.at + this.#lead
    const declared = u24At(bytes, at + 1)
    const lost = distance - this.#lead - TAG_HEADER_SIZE - declared
    const intact = lost >= 0 && lost < 4 && declared <= this.#maxTagSize && isPlausibleTagHeader(bytes, at)
    if (intact && u32At(bytes, window.at + distance - 4) !== TAG_HEADER_SIZE + declared) {
      return this.#deliverBehindLead(declared, distance - this.#lead, FlvNotice.previousTagSize)
    }
    this.#lead = 0
    this.#log.add('skipped', position, distance)
    this.#notices |= FlvNotice.damageBefore
    window.advance(distance)
    return undefined
  }

  /** The damaged tag, if the back pointer before the next good one, `distance` bytes ahead, points at it. */
  #repaired(distance: number): FlvTag | undefined {
    const window = this.#window
    const lead = this.#lead
    const size = distance - lead
    const dataSize = size - TAG_OVERHEAD
    if (dataSize < 0 || dataSize > this.#maxTagSize) return undefined
    if (u32At(window.bytes, window.at + distance - 4) !== size - 4) return undefined
    if (!isPlausibleTagHeader(window.bytes, window.at + lead)) return undefined
    this.#log.add('repaired', window.position + lead, size)
    return this.#deliverBehindLead(dataSize, size, FlvNotice.repairedSize)
  }
}
