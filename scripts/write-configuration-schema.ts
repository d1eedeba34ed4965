// Writes packages/server/schema.json, the JSON Schema of the configuration by which editors complete and check a file.
import { writeFileSync } from 'node:fs'
import { toJsonSchema } from '@valibot/to-json-schema'
import type * as v from 'valibot'
import type { FieldFacts } from '../packages/server/src/config/field.ts'
import { configurationSchema } from '../packages/server/src/config/schema.ts'

type Json = Readonly<Record<string, unknown>>

/** What rules written as code say of the JSON they take; they look closer than JSON Schema can. */
const PORT = { anyOf: [{ type: 'integer', minimum: 0, maximum: 65_535 }, { const: 'off' }] }
const typeOf = ({ form, expected }: FieldFacts): Json => {
  if (form === 'text') return { type: 'string' }
  if (expected.includes('65535')) return PORT
  return form === 'numberOrWord' ? { type: ['integer', 'string'] } : {}
}

/** With what is known of options beside their schema: it is in the output under names of ours, that mean nothing to editors. */
const explained = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(explained)
  if (typeof node !== 'object' || node === null) return node
  const { field, section, ...own } = node as { field?: FieldFacts; section?: { title: string } } & Json
  const rest = Object.fromEntries(Object.entries(own).map(([name, value]) => [name, explained(value)]))
  const title = section === undefined || section.title === '' ? {} : { description: section.title }
  if (field === undefined) return { ...title, ...rest }
  const typed = 'type' in rest || 'enum' in rest || 'anyOf' in rest ? {} : typeOf(field)
  const more =
    field.form === 'json' ? { description: `${String(rest['description'])}: ${field.expected}` } : {}
  return { ...typed, ...rest, ...more }
}

/** The schema as text. */
export const configurationJsonSchema = (): string => {
  const schema = toJsonSchema(configurationSchema as v.GenericSchema, {
    target: 'draft-07',
    typeMode: 'input',
    errorMode: 'ignore',
  })
  const {
    $schema,
    properties,
    default: _,
    ...rest
  } = explained(schema) as { readonly properties: Json } & Json
  const whole = {
    $schema,
    title: 'Configuration of rtmp-server',
    ...rest,
    properties: { $schema: { type: 'string', description: 'this schema, for editors' }, ...properties },
  }
  return `${JSON.stringify(whole, undefined, 2)}\n`
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(new URL('../packages/server/schema.json', import.meta.url), configurationJsonSchema())
}
