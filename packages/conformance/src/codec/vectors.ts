import { vectorTexts } from '../node/read-catalogue.ts'
import type { CodecFormat } from './codec-under-test.ts'

/** Hexadecimal text, in parts where some are repeated. */
export type Hex = string | readonly (string | { readonly repeat: string; readonly times: number })[]

/** One thing to ask a codec, and what it must answer. Values as the README of the vectors says. */
export type CodecStep = {
  readonly format?: CodecFormat
  readonly timestamp?: number
} & (
  | { readonly decode: Hex; readonly is: unknown }
  | { readonly decode: Hex; readonly anyOf: readonly unknown[] }
  | { readonly decode: Hex; readonly error: true }
  /** Any answer, in time. */
  | { readonly decode: Hex; readonly survives: true }
  | { readonly encode: unknown; readonly is: Hex }
  | { readonly encode: unknown; readonly anyOf: readonly unknown[] }
  | { readonly encode: unknown; readonly error: true }
  | { readonly recode: Hex; readonly is: Hex }
  /** Decoded whole, byte by byte and cut in odd places, with the same outcome. */
  | { readonly split: Hex; readonly is: unknown }
  /** So many random inputs of up to 64 bytes, behind some that are not random; any answer, in time. */
  | { readonly random: CodecFormat; readonly times: number; readonly seed: number; readonly after?: string }
)

/** A case about a codec. */
export interface CodecVector {
  /** Of the row in {@link CATALOGUE}. */
  readonly id: string
  /** Of all steps that name none themselves. */
  readonly format?: CodecFormat
  /** In order; the first that fails fails the case. */
  readonly steps: readonly CodecStep[]
}

/** Every vector of the package. */
export const CODEC_VECTORS: readonly CodecVector[] = vectorTexts().flatMap(
  (text) => JSON.parse(text) as readonly CodecVector[],
)

/** The bytes written out, as lower-case hexadecimal text. */
export const hexText = (hex: Hex): string =>
  (typeof hex === 'string' ? [hex] : hex)
    .map((part) => (typeof part === 'string' ? part : part.repeat.repeat(part.times)))
    .join('')
    .replace(/\s/g, '')
    .toLowerCase()
