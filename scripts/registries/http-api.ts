// The HTTP port, operation by operation, out of its OpenAPI document.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../package-metadata.ts'
import { cell, head, inOneLine, table } from './source.ts'

/** A JSON Schema, as far as the document uses them. */
interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly description?: string
}

interface Answer {
  readonly $ref?: string
  readonly description?: string
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>
}

interface Operation {
  readonly tags: readonly string[]
  readonly summary: string
  readonly parameters?: readonly {
    readonly name: string
    readonly in: string
    readonly description?: string
  }[]
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema?: Schema }>> }
  readonly responses: Readonly<Record<string, Answer>>
}

interface Document {
  readonly info: { readonly description: string }
  readonly tags: readonly { readonly name: string; readonly description: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>
    readonly responses: Readonly<Record<string, Answer>>
  }
}

const document = JSON.parse(readFileSync(join(root, 'packages/server/openapi.json'), 'utf8')) as Document

const nameOf = (reference: string): string => reference.slice(reference.lastIndexOf('/') + 1)

/** A value in few words: what it is called, or its properties. */
const shape = (schema: Schema): string => {
  const { $ref, properties, required = [], items, anyOf, type } = schema
  if ($ref !== undefined) return `[${nameOf($ref)}](#${nameOf($ref).toLowerCase()})`
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(', ')
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``
  if (anyOf !== undefined) return anyOf.map(shape).join(' or ')
  if (items !== undefined) return `list of ${shape(items)}`
  if (properties !== undefined) {
    const fields = Object.entries(properties).map(([name, value]) => {
      const inside = shape(value)
      const shown = value.$ref !== undefined || value.items !== undefined ? `: ${inside}` : ''
      return `\`${name}\`${required.includes(name) ? '' : '?'}${shown}`
    })
    return fields.join(', ')
  }
  return type === undefined ? 'anything' : [type].flat().join(' or ')
}

const bodyOf = (content: Answer['content']): string =>
  Object.entries(content ?? {})
    .map(([type, { schema }]) =>
      type === 'application/json' && schema !== undefined ? shape(schema) : `\`${type}\``,
    )
    .join('; ')

const asked = ({ parameters = [], requestBody }: Operation): string =>
  [
    ...parameters
      .filter((parameter) => parameter.in !== 'path')
      .map(({ name, description = '' }) => `\`${name}\`: ${description.replace(/\.$/, '')}`),
    ...(requestBody === undefined ? [] : [`body: ${bodyOf(requestBody.content)}`]),
  ].join('; ')

/** Refusals that are told once: of what cannot be used, of bodies, and of who is no administrator. */
const COMMON = new Set(['400', '413', '415', '401', '403', '429'])

const answered = ({ responses }: Operation): string =>
  Object.entries(responses)
    .filter(([status]) => !COMMON.has(status))
    .map(([status, answer]) => {
      const { description = '', content } =
        answer.$ref === undefined ? answer : (document.components.responses[nameOf(answer.$ref)] ?? {})
      if (Number(status) >= 400) return `${status}: ${description.replace(/\.$/, '')}`
      const body = bodyOf(content)
      return body === '' ? status : `${status}: ${body}`
    })
    .join('; ')

const rowsOf = (tag: string): readonly (readonly string[])[] =>
  Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([, { tags }]) => tags.includes(tag))
      .map(([method, operation]) => [
        `\`${method.toUpperCase()} ${path}\``,
        cell(operation.summary),
        cell(asked(operation)),
        cell(answered(operation)),
      ]),
  )

const schemaSection = ([name, schema]: readonly [string, Schema]): string => {
  const rows = Object.entries(schema.properties ?? {}).map(([field, value]) => [
    `\`${field}\`${schema.required?.includes(field) === true ? '' : '?'}`,
    cell(shape(value)),
    cell(value.description ?? ''),
  ])
  const fields = rows.length === 0 ? cell(shape(schema)) : table(['Field', 'Is', 'What it says'], rows)
  return `### ${name}\n\n${inOneLine(schema.description ?? '')}\n\n${fields}\n`
}

/** The whole page. */
export const httpApiPage = (): string =>
  [
    head(
      'The HTTP port',
      'packages/server/openapi.json',
      inOneLine(`${document.info.description} [Operations](operations.md#administration-over-http) shows how it is used;
        \`GET /_/api/openapi.json\`, and \`@rtmp/server/openapi.json\` in the package, are the document from which this page is written, and clients can be.`),
    ),
    inOneLine(`Beside the refusals that are listed: 400 for what cannot be used (\`field\` says what), 413 and 415 for a body that is too long or no
      JSON; for who is no administrator 401, for pages from elsewhere 403, after too many wrong tokens 429.\n`),
    '',
    ...document.tags.flatMap(({ name, description }) => [
      `## ${name.charAt(0).toUpperCase()}${name.slice(1)}\n`,
      `${description}\n`,
      `${table(['Request', 'What it does', 'Takes', 'Answers'], rowsOf(name))}\n`,
    ]),
    '## Values\n',
    ...Object.entries(document.components.schemas).map(schemaSection),
  ].join('\n')
