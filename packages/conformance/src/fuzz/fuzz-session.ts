import { encodeAmf0 } from '@rtmp/amf0'
import { basicHeader, bigEndian, chunk0, messageChunks, type OutMessage } from '../wire/chunk-bytes.ts'
import { command, control, data, subMessage, userControl } from '../wire/commands.ts'
import { bytesOf, joined } from '../wire/hex.ts'
import { AAC_HEADER, AVC_HEADER } from '../wire/media.ts'
import { Draw } from './draw.ts'

/** How far a connection is brought in good order before the hostile part begins. */
export type FuzzState = 'opened' | 'handshaken' | 'connected' | 'publishing' | 'playing'

const STATES: readonly FuzzState[] = ['opened', 'handshaken', 'connected', 'publishing', 'playing']

/** A hostile session: what is sent, write by write, once the connection is in its state. */
export interface FuzzSession {
  /** Makes the same session on every machine. */
  readonly seed: number
  /** How far the connection is brought, in an orderly way, before the writes. */
  readonly state: FuzzState
  /** In order: whole messages, damaged ones, and noise. */
  readonly writes: readonly Uint8Array[]
}

const INTERESTING = [0, 1, 127, 128, 255, 256, 0x7fff, 0xffff, 0xffffff, 0x7fffffff, 0x80000000, 0xffffffff]

const names = [
  'connect',
  'createStream',
  'publish',
  'play',
  'deleteStream',
  'closeStream',
  'pause',
  'seek',
  'play2',
  'receiveAudio',
  'receiveVideo',
  'releaseStream',
  'FCPublish',
  'FCUnpublish',
  'getStreamLength',
  '_result',
  '_error',
  'onStatus',
  '@setDataFrame',
  'fooBar',
  '',
]

const anyValue = (draw: Draw, depth = 0): unknown => {
  switch (draw.below(depth > 3 ? 6 : 8)) {
    case 0:
      return null
    case 1:
      return draw.of(INTERESTING)
    case 2:
      return draw.of([Number.NaN, -1, 0.5, Number.POSITIVE_INFINITY])
    case 3:
      return 'x'.repeat(draw.of([0, 1, 100, 5000]))
    case 4:
      return draw.chance(0.5)
    case 5:
      return undefined
    case 6:
      return Array.from({ length: draw.below(4) }, () => anyValue(draw, depth + 1))
    default:
      return Object.fromEntries(
        Array.from({ length: draw.below(4) }, (_, at) => [
          draw.of(['app', 'tcUrl', '__proto__', 'code', `k${at}`]),
          anyValue(draw, depth + 1),
        ]),
      )
  }
}

const sound = (draw: Draw, size: number): Uint8Array => joined(Uint8Array.of(0xaf, 1), draw.bytes(size - 2))

const picture = (draw: Draw, size: number, key: boolean): Uint8Array =>
  joined(bytesOf(key ? '17 01 000000' : '27 01 000000'), bigEndian(size - 9, 4), draw.bytes(size - 9))

/** A message that a peer could send, or nearly. */
const anyMessage = (draw: Draw): OutMessage => {
  const msid = draw.of([0, 1, 1, 1, 2, 77, 0xffffffff])
  const timestamp = draw.of([0, 40, 0xfffffe, 0xffffff, 0x1000000, 0xffffffff])
  switch (draw.below(11)) {
    case 0:
      return control(draw.of([1, 2, 3, 5]), draw.of(INTERESTING))
    case 1:
      return { typeId: draw.of([1, 2, 3, 4, 5, 6]), payload: draw.bytes(draw.below(8)) }
    case 2:
      return userControl(draw.of([0, 1, 3, 6, 7, 26, 31]), draw.of(INTERESTING))
    case 3:
    case 4:
      return command(
        msid,
        draw.of(names),
        draw.of([0, 1, 2, 9, Number.NaN]),
        ...Array.from({ length: draw.below(5) }, () => anyValue(draw)),
      )
    case 5:
      return data(
        msid,
        timestamp,
        draw.of(names),
        ...Array.from({ length: draw.below(3) }, () => anyValue(draw)),
      )
    case 6:
      return {
        typeId: 9,
        msid,
        timestamp,
        payload: draw.of([
          AVC_HEADER,
          picture(draw, 60, true),
          picture(draw, 2000, false),
          bytesOf('91 68766331 0000C8 00000001 26'),
          bytesOf('96 13 68766331 00 0000FF 21'),
          bytesOf('97 FF FFFF 01'),
        ]),
      }
    case 7:
      return {
        typeId: 8,
        msid,
        timestamp,
        payload: draw.of([AAC_HEADER, sound(draw, 40), new Uint8Array(), bytesOf('95 15 4F707573 00')]),
      }
    case 8:
      return {
        typeId: 22,
        msid,
        timestamp,
        payload: joined(
          subMessage(8, draw.of(INTERESTING), sound(draw, 20), { length: draw.of([20, 0, 0xffffff]) }),
          subMessage(draw.of([1, 9, 20, 22]), 0, draw.bytes(9)),
        ),
      }
    case 9:
      return {
        typeId: draw.of([15, 16, 17, 19]),
        msid,
        payload: joined(draw.bytes(1), encodeAmf0([draw.of(names), 1, anyValue(draw)])),
        csid: 3,
      }
    default:
      return {
        typeId: draw.below(256),
        msid,
        payload: draw.bytes(draw.below(40)),
        csid: draw.of([3, 64, 320, 65599]),
      }
  }
}

const damaged = (draw: Draw, bytes: Uint8Array): Uint8Array => {
  const copy = bytes.slice()
  if (copy.length === 0) return copy
  const at = draw.below(copy.length)
  switch (draw.below(5)) {
    case 0:
      copy[at] = (copy[at] ?? 0) ^ (1 << draw.below(8))
      return copy
    case 1:
      copy[at] = draw.of([0, 1, 0x7f, 0x80, 0xff])
      return copy
    case 2:
      return copy.subarray(0, at)
    case 3:
      return joined(copy.subarray(0, at), draw.bytes(1 + draw.below(8)), copy.subarray(at))
    default:
      return joined(copy.subarray(0, at), copy.subarray(Math.min(copy.length, at + draw.below(16))))
  }
}

const anyWrite = (draw: Draw): Uint8Array => {
  if (draw.chance(0.06)) return draw.bytes(1 + draw.below(300))
  if (draw.chance(0.06)) {
    const data = draw.bytes(draw.below(128))
    return chunk0({
      csid: draw.of([2, 3, 6, 64]),
      timestamp: 0,
      length: draw.of(INTERESTING) % 0x1000000,
      typeId: draw.below(24),
      msid: 1,
      data,
    })
  }
  if (draw.chance(0.04))
    return joined(
      basicHeader(1 + draw.below(3), draw.of([2, 3, 4, 40, 64])),
      bigEndian(draw.of(INTERESTING) % 2 ** 24, 3),
      draw.bytes(20),
    )
  const bytes = messageChunks(anyMessage(draw), 128)
  return draw.chance(0.4) ? damaged(draw, bytes) : bytes
}

/** The hostile session of a seed: always the same one. */
export const fuzzSession = (seed: number): FuzzSession => {
  const draw = new Draw(seed)
  const state = draw.of(STATES)
  const first =
    state === 'opened'
      ? [
          damaged(
            draw,
            joined(
              Uint8Array.of(draw.of([3, 3, 3, 6, 0x47])),
              draw.bytes(draw.of([1536, 1536, 100])),
              draw.bytes(draw.of([0, 1536])),
            ),
          ),
        ]
      : []
  const writes = Array.from({ length: 1 + draw.below(8) }, () => anyWrite(draw))
  return { seed, state, writes: [...first, ...writes] }
}
