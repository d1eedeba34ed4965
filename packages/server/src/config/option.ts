import * as v from 'valibot'
import type { FieldFacts } from './field.ts'
import { configurationSchema } from './schema.ts'

/** One option, in all the ways in which it can be set. */
export interface ConfigurationOption extends Omit<FieldFacts, 'flag'> {
  /** In a file: `['rtmp', 'port']`. */
  readonly path: readonly string[]
  /** Titles of the sections it stands in, from the outermost. */
  readonly sections: readonly string[]
  /** `--rtmp-port`; `undefined` for what cannot be given as a flag: secrets, and what has a structure. */
  readonly flag: string | undefined
  /** `RTMP_PORT`. */
  readonly variable: string
  readonly description: string
  readonly fallback: unknown
  /** Whether a value will do. */
  readonly takes: (value: unknown) => boolean
}

/** What the walk looks at in a schema. */
interface Node {
  readonly wrapped?: v.GenericSchema & Node
  readonly entries?: Readonly<Record<string, v.GenericSchema & Node>>
}

const kebab = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

function* walk(
  schema: v.GenericSchema & Node,
  path: readonly string[],
  sections: readonly string[],
): Generator<ConfigurationOption> {
  const inner = schema.wrapped ?? schema
  const { section, field } = v.getMetadata(inner) as { section?: { title: string }; field?: FieldFacts }
  if (field !== undefined) {
    const name = field.flag ?? path.map(kebab).join('-')
    yield {
      path,
      sections,
      flag: field.secret || field.form === 'json' ? undefined : `--${name}`,
      variable: `RTMP_${name
        .replace(/^rtmp-/, '')
        .replaceAll('-', '_')
        .toUpperCase()}`,
      description: v.getDescription(inner) ?? '',
      fallback: v.getDefault(schema as never),
      form: field.form,
      expected: field.expected,
      secret: field.secret,
      show: field.show,
      takes: (value) => v.is(inner, value),
    }
    return
  }
  const titles = section === undefined || section.title === '' ? sections : [...sections, section.title]
  for (const [name, entry] of Object.entries(inner.entries ?? {})) yield* walk(entry, [...path, name], titles)
}

/** Every option, in the order of the schema. */
export const CONFIGURATION_OPTIONS: readonly ConfigurationOption[] = [...walk(configurationSchema, [], [])]
