// One frame a fragment, nothing held back: a reader that obeys each fragment's own time finds the source's times.
import { ALL_FORMATS, BufferSource, EncodedPacketSink, Input } from 'mediabunny'
import { expect, test } from 'vitest'
import { CmafWriter } from '../src/index.ts'
import { codedOf, cutEvery, framesOf, joined } from './support/stream.ts'

test.each(['h264-aac', 'hevc-aac', 'av1-opus', 'vp9-opus', 'h264-flac', 'h264-aac-ts-rollover'])(
  '%s by mediabunny',
  async (name) => {
    const frames = await framesOf(name)
    const file = joined(cutEvery(1, frames, new CmafWriter()))
    const input = new Input({ source: new BufferSource(file), formats: ALL_FORMATS })
    const tracks = await input.getTracks()
    expect(tracks.map(({ id }) => id)).toEqual([1, 2])
    for (const track of tracks) {
      const found: number[][] = []
      for await (const packet of new EncodedPacketSink(track).packets()) {
        found.push([Math.round(packet.timestamp * 1000), packet.byteLength, packet.type === 'key' ? 1 : 0])
      }
      const source = codedOf(frames, track.id === 1 ? 'video' : 'audio', 0)
      expect(found).toEqual(
        source.map(({ pts, payload, keyFrame }) => [pts, payload.length, keyFrame ? 1 : 0]),
      )
    }
  },
)
