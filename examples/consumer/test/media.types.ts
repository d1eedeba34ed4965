import { type Amf0Plain, decodeAmf0, ecmaArray, encodeAmf0 } from '@rtmp/amf0'
import { CmafWriter } from '@rtmp/cmaf'
import {
  fromMediaFrame,
  type MediaFrame,
  type MediaKind,
  MediaMessage,
  toMediaFrames,
  type VideoFourCc,
} from '@rtmp/e-rtmp'
import { FlvReader, type FlvTag, FlvWriter, TagType } from '@rtmp/flv'
import { readMetadata } from '@rtmp/flv/script'
import { expectTypeOf } from 'vitest'

// amf0: arrays in, arrays out.
expectTypeOf(encodeAmf0(['connect', 1, { app: 'live' }])).toExtend<Uint8Array>()
expectTypeOf(encodeAmf0(['onMetaData', ecmaArray({ width: 1920 })])).toExtend<Uint8Array>()
expectTypeOf(decodeAmf0(new Uint8Array(1))).toEqualTypeOf<Amf0Plain[]>()
// @ts-expect-error -- one value is an array of one
encodeAmf0('connect')

// flv
const reader = new FlvReader()
reader.push(new Uint8Array(13))
expectTypeOf(reader.read()).toEqualTypeOf<FlvTag | undefined>()
expectTypeOf(
  new FlvWriter().write({ typeId: TagType.video, timestamp: 40, payload: new Uint8Array(1) }),
).toEqualTypeOf<Uint8Array[]>()
const metadata = readMetadata({ width: 1280 })
expectTypeOf(metadata.width).toEqualTypeOf<number | undefined>()
expectTypeOf(metadata.stereo).toEqualTypeOf<boolean | undefined>()
expectTypeOf(metadata.encoder).toEqualTypeOf<string | undefined>()
// @ts-expect-error -- read only
metadata.width = 1920
// @ts-expect-error -- a tag has a time
new FlvWriter().write({ typeId: TagType.video, payload: new Uint8Array(1) })

// e-rtmp
expectTypeOf<MediaKind>().toEqualTypeOf<'audio' | 'video'>()
expectTypeOf<VideoFourCc>().toEqualTypeOf<'vp08' | 'vp09' | 'av01' | 'avc1' | 'hvc1' | 'vvc1'>()
expectTypeOf(toMediaFrames('video', 0, new Uint8Array(5))).toEqualTypeOf<MediaFrame[]>()
expectTypeOf(
  fromMediaFrame({ kind: 'audio', codec: 'opus', type: 'coded', dts: 0, payload: new Uint8Array(1) }),
).toEqualTypeOf<Uint8Array>()
expectTypeOf(new MediaMessage(9, 0, new Uint8Array(5)).kind).toEqualTypeOf<'audio' | 'video' | 'data'>()
// @ts-expect-error -- data have no frames
toMediaFrames('data', 0, new Uint8Array(5))

// cmaf
const writer = new CmafWriter({ expect: [{ kind: 'video' }] })
for (const frame of toMediaFrames('video', 0, new Uint8Array(5))) writer.push(frame)
for (const piece of writer.take()) {
  if (piece.kind === 'init') expectTypeOf(piece.mimeType).toBeString()
  else expectTypeOf(piece.start).toBeNumber()
}
