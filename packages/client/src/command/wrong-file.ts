/** How many bytes from the beginning on {@link wrongFile} needs: two packets of MPEG-TS. */
export const WRONG_FILE_HEAD = 376

const TS_PACKET = 188
const TS_SYNC = 0x47

/** What MP4 and QuickTime begin with, behind four bytes. */
const BOXES: ReadonlySet<string> = new Set(['ftyp', 'styp', 'moov', 'moof', 'mdat', 'wide', 'free', 'skip'])

/**
 * What to say of a file that is to be repaired as FLV and is of another kind; `undefined` where it may be FLV: a damaged one need not
 * begin as one.
 */
export const wrongFile = (head: Uint8Array, name: string): string | undefined => {
  if (head.length === 0) return `${name} is empty: there is nothing in it that could be repaired.`
  if (BOXES.has(latin1(head, 4, 8)))
    return (
      `${name} is MP4, and rtmp repair takes FLV: write it anew with ffmpeg -i FILE -c copy whole.mp4. ` +
      'A recording that rtmp-server was killed at (….part.mp4) is finished by it when it starts again.'
    )
  const kind = otherKind(head)
  return (
    kind && `${name} is ${kind}, and rtmp repair takes FLV: convert it with ffmpeg -i FILE -c copy out.flv.`
  )
}

const otherKind = (head: Uint8Array): string | undefined => {
  if (latin1(head, 0, 4) === '\u001a\u0045\u00df\u00a3') return 'Matroska or WebM'
  if (latin1(head, 0, 4) === 'OggS') return 'Ogg'
  return head[0] === TS_SYNC && head[TS_PACKET] === TS_SYNC ? 'MPEG-TS' : undefined
}

const latin1 = (bytes: Uint8Array, from: number, to: number): string =>
  String.fromCharCode(...bytes.subarray(from, to))
