import { concat } from '@rtmp/bytes'
import { byteByByte, readRepoFile } from '@rtmp/testkit'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  decodeFlv,
  FlvReader,
  type FlvTag,
  flvDecoderStream,
  flvEncoderStream,
  readFlv,
} from '../src/index.ts'
import { differenceAt } from './same-bytes.ts'
import { print } from './tags.ts'

let file: Uint8Array<ArrayBuffer>
let expected: string[]

beforeAll(async () => {
  file = Uint8Array.from(await readRepoFile('media/legacy-speex.flv'))
  expected = decodeFlv(file).map(print)
})

const slices = (size: number): Uint8Array[] =>
  Array.from({ length: Math.ceil(file.length / size) }, (_, i) => file.subarray(i * size, (i + 1) * size))

const collect = async (tags: AsyncIterable<FlvTag>): Promise<string[]> => {
  const found: string[] = []
  for await (const tag of tags) found.push(print(tag))
  return found
}

const streamOf = (
  pieces: readonly Uint8Array[],
  onCancel = (): void => undefined,
): ReadableStream<Uint8Array> => {
  let next = 0
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = pieces[next++]
      if (piece === undefined) controller.close()
      else controller.enqueue(piece)
    },
    cancel: onCancel,
  })
}

describe('readFlv', () => {
  test('from an array of slices, an async generator and a Web Stream', async () => {
    async function* generate(): AsyncGenerator<Uint8Array> {
      yield* slices(100)
    }
    expect(await collect(readFlv(slices(1000)))).toEqual(expected)
    expect(await collect(readFlv(byteByByte(file)))).toEqual(expected)
    expect(await collect(readFlv(generate()))).toEqual(expected)
    expect(await collect(readFlv(streamOf(slices(333))))).toEqual(expected)
    expect(await collect(readFlv(new Response(file).body ?? []))).toEqual(expected)
  })

  test('from all bytes at once, a Blob and a Response', async () => {
    expect(await collect(readFlv(file))).toEqual(expected)
    expect(await collect(readFlv(file.buffer))).toEqual(expected)
    expect(await collect(readFlv(new Blob([file])))).toEqual(expected)
    expect(await collect(readFlv(new Response(file)))).toEqual(expected)
    expect(await collect(readFlv(new Response(null)))).toEqual([])
  })

  test.each([
    ['a path', 'movie.flv', /createReadStream/],
    ['a promise of a response', Promise.resolve(new Response('')), /await it/],
    ['nothing', undefined, /this is undefined/],
    ['slices of text', ['FLV'], /this is string/],
    ['numbers', [70, 76, 86], /this is number/],
  ])('%s is told of with what to do', async (_, mistake, words) => {
    await expect(collect(readFlv(mistake as never))).rejects.toThrow(
      expect.objectContaining({ code: 'NOT_BYTES', message: expect.stringMatching(words) }),
    )
    expect(() => decodeFlv(mistake as never)).toThrow(expect.objectContaining({ code: 'NOT_BYTES' }))
  })

  test('leaving the loop cancels the source', async () => {
    let cancelled = 0
    for await (const tag of readFlv(streamOf(slices(50), () => (cancelled += 1) as unknown as void))) {
      if (tag.typeId === 8) break
    }
    expect(cancelled).toBe(1)
    let returned = 0
    async function* generate(): AsyncGenerator<Uint8Array> {
      try {
        yield* slices(50)
      } finally {
        returned += 1
      }
    }
    for await (const _ of readFlv(generate())) break
    expect(returned).toBe(1)
  })

  test('a reader of your own tells of damage afterwards', async () => {
    const reader = new FlvReader()
    const cut = file.subarray(0, -10)
    expect((await collect(readFlv([cut], reader))).length).toBe(expected.length - 1)
    expect(reader.truncated).toBe(true)
  })

  test('errors arrive in the loop', async () => {
    await expect(collect(readFlv([new Uint8Array(100)]))).rejects.toThrow('FLV_SIGNATURE')
    await expect(collect(readFlv(streamOf([new Uint8Array(100)])))).rejects.toThrow('FLV_SIGNATURE')
  })
})

describe('Web Streams', () => {
  test('bytes to tags to bytes', async () => {
    const pieces: Uint8Array[] = []
    const written = streamOf(slices(77))
      .pipeThrough(flvDecoderStream())
      .pipeThrough(flvEncoderStream({ header: { hasAudio: true, hasVideo: false } }))
    for (const reader = written.getReader(); ; ) {
      const { done, value } = await reader.read()
      if (done) break
      pieces.push(value)
    }
    expect(differenceAt(concat(pieces), file)).toBe(-1)
  })

  test('the encoder sends the header before any tag', async () => {
    const { readable } = flvEncoderStream()
    const { value } = await readable.getReader().read()
    expect(value?.length).toBe(13)
  })
})
