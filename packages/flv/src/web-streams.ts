// The part of the Web Streams standard that is used here. Where the DOM's or Node's own types are loaded the two
// interfaces merge with theirs; where not, they stand for themselves.
declare global {
  interface ReadableStream<R> {}
  interface WritableStream<W> {}
}

/** A pair as `ReadableStream.pipeThrough` takes it. */
export interface FlvTransform<Input, Output> {
  /** What comes out. */
  readonly readable: ReadableStream<Output>
  /** What goes in. */
  readonly writable: WritableStream<Input>
}

interface Controller<Output> {
  enqueue(value: Output): void
}

interface Transformer<Input, Output> {
  transform?(input: Input, controller: Controller<Output>): void
  start?(controller: Controller<Output>): void
  flush?(controller: Controller<Output>): void
}

/** Every runtime we support has it; the base library of ES2022 does not declare it. */
declare const TransformStream: new <Input, Output>(
  transformer: Transformer<Input, Output>,
) => FlvTransform<Input, Output>

export const transform = <Input, Output>(
  transformer: Transformer<Input, Output>,
): FlvTransform<Input, Output> => new TransformStream(transformer)

/** What `ReadableStream.getReader` gives. */
export interface StreamReader<T> {
  read(): Promise<{ readonly done: boolean; readonly value?: T | undefined }>
  cancel(reason?: unknown): Promise<void>
  releaseLock(): void
}

/** The reader of a Web Stream, or `undefined` for anything else. */
export const streamReaderOf = <T>(source: object): StreamReader<T> | undefined =>
  'getReader' in source ? (source as { getReader(): StreamReader<T> }).getReader() : undefined
