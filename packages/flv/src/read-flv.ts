import { requireBytes, UsageError } from '@rtmp/bytes'
import { FlvReader } from './flv-reader.ts'
import { FlvWriter, type FlvWriterOptions } from './flv-writer.ts'
import type { FlvReaderOptions } from './reader-options.ts'
import type { FlvTag, FlvTagInit } from './tag.ts'
import { type FlvTransform, streamReaderOf, transform } from './web-streams.ts'

/**
 * Where FLV bytes can come from: a Web Stream, a Node stream, an async generator, an array of slices; all of them at
 * once; a `Blob` or `File`; the `Response` of a fetch.
 */
export type FlvSource =
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>
  | Iterable<Uint8Array>
  | Uint8Array
  | ArrayBuffer
  | { stream(): ReadableStream<Uint8Array> }
  | { readonly body: ReadableStream<Uint8Array> | null }

/**
 * The tags of an FLV stream as they arrive. Leaving the loop early cancels the source.
 *
 * @param source - Slices of any size, each left unchanged while payloads that view it are in use.
 * @param options - A reader's policies and limits; or a reader of your own, to look at its `damages` afterwards.
 * @throws DecodeError as `FlvReader.read`; UsageError `NOT_BYTES` for a source that is none of these, a path for example;
 *   what the source throws
 *
 * @example
 * for await (const tag of readFlv(await fetch(url))) console.log(tag.typeId, tag.timestamp)
 */
export async function* readFlv(
  source: FlvSource,
  options: FlvReaderOptions | FlvReader = {},
): AsyncGenerator<FlvTag, void, undefined> {
  const reader = options instanceof FlvReader ? options : new FlvReader(options)
  for await (const bytes of slicesOf(source)) {
    requireBytes(bytes, 'source')
    reader.push(bytes)
    for (let tag = reader.read(); tag !== undefined; tag = reader.read()) yield tag
  }
  reader.end()
  for (let tag = reader.read(); tag !== undefined; tag = reader.read()) yield tag
}

async function* slicesOf(given: FlvSource): AsyncGenerator<Uint8Array, void, undefined> {
  const source = streamIn(given)
  if (source === null) return
  const stream = streamReaderOf<Uint8Array>(source)
  if (stream === undefined) {
    yield* source as AsyncIterable<Uint8Array> | Iterable<Uint8Array>
    return
  }
  let finished = false
  try {
    for (;;) {
      const { done, value } = await stream.read()
      if (done || value === undefined) break
      yield value
    }
    finished = true
  } finally {
    if (!finished) await stream.cancel()
    stream.releaseLock()
  }
}

/** What can be gone through in a source; `null` for a response without a body. */
const streamIn = (source: FlvSource): object | null => {
  if (source instanceof ArrayBuffer) return [new Uint8Array(source)]
  if (ArrayBuffer.isView(source)) return [source]
  if (typeof source === 'object' && source !== null) {
    if ('getReader' in source || Symbol.asyncIterator in source || Symbol.iterator in source) return source
    if ('body' in source) return source.body
    if ('stream' in source) return source.stream()
  }
  if (typeof source === 'string') {
    const text = 'a text is no source of FLV: open a file by createReadStream(path), fetch a URL'
    throw new UsageError('NOT_BYTES', text, 'source')
  }
  requireBytes(source, 'source')
  return source
}

/**
 * All tags of a file that is in memory. Payloads are views of `bytes`.
 *
 * @example
 * ```ts
 * for (const { typeId, timestamp, payload } of decodeFlv(await readFile('movie.flv'))) {
 *   console.log(typeId, timestamp, payload.length)
 * }
 * ```
 *
 * @throws DecodeError as `FlvReader.read`; UsageError `NOT_BYTES`
 */
export const decodeFlv = (bytes: Uint8Array, options: FlvReaderOptions = {}): FlvTag[] => {
  requireBytes(bytes, 'bytes')
  const reader = new FlvReader(options)
  reader.push(bytes)
  reader.end()
  const tags: FlvTag[] = []
  for (let tag = reader.read(); tag !== undefined; tag = reader.read()) tags.push(tag)
  return tags
}

/**
 * A Web Stream that turns FLV bytes into tags: `response.body.pipeThrough(flvDecoderStream())`.
 *
 * @example
 * ```ts
 * const response = await fetch('https://example.com/live/show.flv')
 * const tags = response.body?.pipeThrough(flvDecoderStream())
 * ```
 */
export const flvDecoderStream = (options: FlvReaderOptions = {}): FlvTransform<Uint8Array, FlvTag> => {
  const reader = new FlvReader(options)
  const drain = (controller: { enqueue(tag: FlvTag): void }): void => {
    for (let tag = reader.read(); tag !== undefined; tag = reader.read()) controller.enqueue(tag)
  }
  return transform<Uint8Array, FlvTag>({
    transform(bytes, controller) {
      reader.push(bytes)
      drain(controller)
    },
    flush(controller) {
      reader.end()
      drain(controller)
    },
  })
}

/**
 * A Web Stream that turns tags into FLV bytes; the file header goes out at once. Payloads are passed through.
 *
 * @example
 * ```ts
 * await tags.pipeThrough(flvEncoderStream()).pipeTo(file)
 * ```
 */
export const flvEncoderStream = (options: FlvWriterOptions = {}): FlvTransform<FlvTagInit, Uint8Array> => {
  const writer = new FlvWriter(options)
  return transform<FlvTagInit, Uint8Array>({
    start(controller) {
      for (const slice of writer.start()) controller.enqueue(slice)
    },
    transform(tag, controller) {
      for (const slice of writer.write(tag)) controller.enqueue(slice)
    },
  })
}
