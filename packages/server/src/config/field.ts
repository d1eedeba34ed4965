import * as v from 'valibot'

/** How an option is written as text, on the command line or in the environment. */
type TextForm = 'number' | 'numberOrWord' | 'boolean' | 'text' | 'list' | 'json'

/** What is known of an option beside its schema. */
export interface FieldFacts {
  readonly form: TextForm
  /** What it may be, to end a sentence that begins with "give". */
  readonly expected: string
  /** Masked wherever it is printed, and not to be given as a flag, since others can see those. */
  readonly secret: boolean
  /** What is printed of it instead of the mask, where not all of it is secret. */
  readonly show: ((value: unknown) => unknown) | undefined
  /** Flag to use instead of the one made from its path. */
  readonly flag: string | undefined
}

/** A schema with its default. */
export type Field<T> = v.GenericSchema<T | undefined, T>

interface FieldOptions {
  readonly secret?: boolean
  readonly show?: (value: unknown) => unknown
  readonly flag?: string
}

const field = <T>(
  form: TextForm,
  expected: string,
  fallback: T,
  description: string,
  schema: v.GenericSchema<T>,
  { secret = false, show, flag }: FieldOptions = {},
): Field<T> => {
  const facts: FieldFacts = { form, expected, secret, show, flag }
  const described = v.pipe(schema, v.description(description), v.metadata({ field: facts }))
  return v.optional(described, fallback as never) as unknown as Field<T>
}

/** A whole number. */
export const number = (
  fallback: number,
  description: string,
  min = 0,
  max: number = Number.MAX_SAFE_INTEGER,
): Field<number> => {
  const expected =
    max === Number.MAX_SAFE_INTEGER ? `a whole number from ${min} on` : `a whole number from ${min} to ${max}`
  const schema = v.pipe(
    v.number(expected),
    v.integer(expected),
    v.minValue(min, expected),
    v.maxValue(max, expected),
  )
  return field('number', expected, fallback, description, schema)
}

/** A port that can be left out. */
export type PortOrOff = number | 'off'

const isPort = (value: unknown): value is PortOrOff =>
  value === 'off' || (Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 65_535)

/** A port, or `'off'`. */
export const port = (fallback: PortOrOff, description: string): Field<PortOrOff> => {
  const expected = "a number from 0 to 65535, or 'off'"
  return field('numberOrWord', expected, fallback, description, v.custom<PortOrOff>(isPort, expected))
}

/** Yes or no. */
export const yesNo = (fallback: boolean, description: string): Field<boolean> => {
  const expected = "'true' or 'false'"
  return field('boolean', expected, fallback, description, v.boolean(expected))
}

/** Any text. */
export const text = (fallback: string, description: string, options: FieldOptions = {}): Field<string> =>
  field('text', 'a text', fallback, description, v.string('a text'), options)

/** A URL of some schemes, or nothing. */
export const url = (
  schemes: readonly string[],
  description: string,
  options: FieldOptions = {},
): Field<string> => {
  const expected = `a URL that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`
  const is = (value: unknown): value is string =>
    value === '' ||
    (typeof value === 'string' &&
      URL.canParse(value) &&
      schemes.some((scheme) => value.startsWith(`${scheme}://`)))
  return field('text', expected, '', description, v.custom<string>(is, expected), options)
}

/** A number or a word that something else judges. */
export const checked = <T>(
  fallback: T,
  description: string,
  expected: string,
  is: (value: unknown) => value is T,
  options: FieldOptions = {},
): Field<T> => field('numberOrWord', expected, fallback, description, v.custom<T>(is, expected), options)

/** One of several words. */
export const choice = <const Words extends readonly string[]>(
  words: Words,
  fallback: Words[number],
  description: string,
): Field<Words[number]> => {
  const expected = oneOf(words)
  return field('text', expected, fallback, description, v.picklist(words, expected) as never)
}

/** Texts. */
export const list = (
  fallback: readonly string[],
  description: string,
  options: FieldOptions = {},
): Field<readonly string[]> => {
  const expected = 'a list of texts'
  return field('list', expected, fallback, description, v.array(v.string(expected), expected), options)
}

/** Words of a choice, as a list. */
export const choices = <const Words extends readonly string[]>(
  words: Words,
  description: string,
): Field<readonly Words[number][]> => {
  const expected = `a list of ${oneOf(words)}`
  const schema = v.array(v.picklist(words, expected), expected)
  return field('list', expected, [...words], description, schema as never)
}

/** Something with a structure of its own: from a file, or as JSON. */
export const structure = <T>(
  fallback: T,
  description: string,
  expected: string,
  schema: v.GenericSchema<unknown, T>,
  options: FieldOptions = {},
): Field<T> => field('json', expected, fallback, description, schema as v.GenericSchema<T>, options)

const oneOf = (words: readonly string[]): string => {
  const quoted = words.map((word) => `'${word}'`)
  return quoted.length === 1
    ? (quoted[0] as string)
    : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1) ?? ''}`
}
