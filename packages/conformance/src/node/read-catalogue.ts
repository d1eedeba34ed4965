import { readFileSync } from 'node:fs'

/** The package's catalogue.json, as text. */
export const catalogueText = (): string =>
  readFileSync(new URL('../../catalogue.json', import.meta.url), 'utf8')

const VECTORS = ['amf0', 'amf3', 'amf-hostile', 'flv', 'media']

/** The files below vectors/, as text. */
export const vectorTexts = (): readonly string[] =>
  VECTORS.map((name) => readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), 'utf8'))
