import { concat } from '@rtmp/bytes'
import { MEDIA_FILES, readRepoFile } from '@rtmp/testkit'
import { describe, expect, test } from 'vitest'
import {
  decodeAudioBody,
  decodeFlv,
  decodeVideoBody,
  encodeAudioBody,
  encodeVideoBody,
  FlvNotice,
  FlvReader,
  FlvWriter,
  TagType,
} from '../src/index.ts'
import { differenceAt } from './same-bytes.ts'

describe.each(MEDIA_FILES)('media/%s.flv', (name) => {
  test('every tag is read without notice and written back to the same bytes', async () => {
    const bytes = await readRepoFile(`media/${name}.flv`)
    const reader = new FlvReader({ damaged: 'strict' })
    reader.push(bytes)
    reader.end()
    const slices: Uint8Array[] = []
    let writer: FlvWriter | undefined
    for (let tag = reader.read(); tag !== undefined; tag = reader.read()) {
      // The rollover file starts with headers at 0 and goes on 4 h 39 m later: that jump is to be noticed.
      const jump = name === 'h264-aac-ts-rollover' ? FlvNotice.timeJump : 0
      expect(tag.notices & ~jump).toBe(0)
      writer ??= new FlvWriter({ header: reader.header ?? false })
      slices.push(...writer.write(tag))
    }
    expect(differenceAt(concat(slices), bytes)).toBe(-1)
    expect(reader.position).toBe(bytes.length)
    expect(reader.damages).toEqual([])
  })

  test('every body is typed and encodes to the same bytes', async () => {
    for (const tag of decodeFlv(await readRepoFile(`media/${name}.flv`))) {
      if (tag.typeId === TagType.audio) {
        expect(differenceAt(encodeAudioBody(decodeAudioBody(tag.payload)), tag.payload)).toBe(-1)
      } else if (tag.typeId === TagType.video) {
        expect(differenceAt(encodeVideoBody(decodeVideoBody(tag.payload)), tag.payload)).toBe(-1)
      }
    }
  })
})
