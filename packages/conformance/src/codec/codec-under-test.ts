/** What a codec is asked, as it travels to a child process: one JSON object a line. */
export interface CodecRequest {
  /** Comes back with the answer; answers may come in any order. */
  readonly id: number
  /** `recode`: decode, then encode what came out. */
  readonly op: 'decode' | 'encode' | 'recode'
  /** What the bytes are, or are to be. */
  readonly format: CodecFormat
  /** Bytes to decode. */
  readonly hex?: string
  /** What to encode. */
  readonly value?: unknown
  /** Timestamp of the message around an aggregate. */
  readonly timestamp?: number
  /** Sizes of the pieces in which a decoder that takes pieces should be given the bytes. */
  readonly pieces?: readonly number[]
}

/** Formats that codecs are asked about. A codec need not have all. */
export type CodecFormat = 'amf0' | 'amf3' | 'flv' | 'audio' | 'video' | 'aggregate' | 'chunk'

/** What a codec answers. */
export type CodecAnswer =
  | { readonly value: unknown }
  | { readonly hex: string }
  /** The input is refused in an orderly way. */
  | { readonly error: string }
  /** The codec has no such format or operation. */
  | { readonly unsupported: true }

/** A codec to be judged. Never rejects for what is wrong with the input: that is an answer. */
export interface CodecUnderTest {
  /** For the report. */
  readonly name: string
  /** Asks; calls may overlap. Rejects only when the codec is gone or does not answer in time. */
  call(request: Omit<CodecRequest, 'id'>): Promise<CodecAnswer>
  /** Ends it, with its process where it has one. */
  close(): void
}
