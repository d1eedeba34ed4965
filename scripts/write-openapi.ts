// Writes packages/server/openapi.json, the OpenAPI document of the HTTP port: from the operations of the API, the schemas of what they take,
// and the types of what they answer.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type ConversionConfig, toJsonSchema } from '@valibot/to-json-schema'
import { createGenerator } from 'ts-json-schema-generator'
import type * as v from 'valibot'
import { API_OPERATIONS } from '../packages/server/src/node/http/api/operations.ts'
import {
  type ApiOperation,
  type ApiParameter,
  PATH_PARAMETERS,
} from '../packages/server/src/node/http/api/operation.ts'
import { OTHER_OPERATIONS, type OtherOperation } from '../packages/server/src/node/http/api/others.ts'

type Json = Readonly<Record<string, unknown>>

const server = fileURLToPath(new URL('../packages/server/', import.meta.url))
const FILE = `${server}openapi.json`
const API = '/_/api'
const JSON_TYPE = 'application/json'

const HEAD = `What rtmp-server serves over HTTP. What begins with \`${API}\` is for administrators: with \`Authorization: Bearer …\` (\`http.token\`), or with
the cookie that \`POST ${API}/session\` gives to pages. Errors are JSON with a sentence. Times are in milliseconds, sizes in bytes.`

const TAGS: Readonly<Record<string, string>> = {
  server: 'The server as a whole.',
  streams: 'Streams, by their paths.',
  connections: 'Clients of every protocol.',
  relays: 'Streams from and to other servers.',
  bans: 'Who and what is kept away.',
  recordings: 'Streams on disk.',
  session: 'Signing in of pages.',
  media: 'Streams over HTTP.',
  files: 'Recordings.',
  pages: 'Pages for people.',
  health: 'For those who look after the server.',
}

const PROBLEM = { $ref: '#/components/schemas/ApiProblem' }

const CONVERSION: ConversionConfig = {
  target: 'draft-2020-12',
  typeMode: 'output',
  errorMode: 'ignore',
  ignoreActions: ['check'],
  // What is checked by code: URLs.
  overrideSchema: ({ valibotSchema }) => (valibotSchema.type === 'custom' ? { type: 'string' } : undefined),
}

const schemaOf = (schema: v.GenericSchema<unknown, unknown>): Json => {
  const { $schema: _, ...rest } = toJsonSchema(schema, CONVERSION)
  return rest
}

/** JSON Schemas of the types of answers, with what their docstrings say. */
const answerSchemas = (): { readonly answers: Json; readonly schemas: Json } => {
  const { definitions = {} } = createGenerator({
    path: `${server}src/contract/api-answers.ts`,
    tsconfig: `${server}tsconfig.json`,
    type: '*',
    skipTypeCheck: true,
    topRef: true,
    additionalProperties: true,
    encodeRefs: false,
  }).createSchema('*')
  const text = JSON.stringify(definitions).replaceAll('#/definitions/', '#/components/schemas/')
  const { ApiAnswers: answers, ...schemas } = JSON.parse(text) as Record<string, Json>
  return { answers: (answers as { readonly properties: Json }).properties, schemas }
}

const parameters = (
  path: string,
  query: Readonly<Record<string, ApiParameter>> = {},
  headers: Readonly<Record<string, string>> = {},
): Json[] => [
  ...Array.from(path.matchAll(/\{(\w+)\}/g), ([, name = '']) => {
    const { type, description } = PATH_PARAMETERS[name as keyof typeof PATH_PARAMETERS]
    return { name, in: 'path', required: true, description, schema: { type } }
  }),
  ...Object.entries(query).map(([name, { schema, description }]) => ({
    name,
    in: 'query',
    description,
    schema: schemaOf(schema),
  })),
  ...Object.entries(headers).map(([name, description]) => ({
    name,
    in: 'header',
    description,
    schema: { type: 'string' },
  })),
]

const refusal = (description: string): Json => ({
  description,
  content: { [JSON_TYPE]: { schema: PROBLEM } },
})

const operationOf = (answers: Json, one: ApiOperation): Json => {
  const { id, tag, summary, path, query, headers, body, status = 200, type = JSON_TYPE, refusals = {} } = one
  const hasInput = body !== undefined || query !== undefined || /\{(?:id|stream)\}/.test(path)
  return {
    operationId: id,
    tags: [tag],
    summary: `${summary}.`,
    parameters: parameters(path, query, headers),
    ...(body === undefined ? {} : { requestBody: { content: { [JSON_TYPE]: { schema: schemaOf(body) } } } }),
    responses: {
      [status]: {
        description: 'Done.',
        content: { [type]: { schema: type === JSON_TYPE ? answers[id] : { type: 'string' } } },
      },
      ...(hasInput ? { 400: refusal('Something that was given cannot be used; `field` says what.') } : {}),
      ...Object.fromEntries(Object.entries(refusals).map(([code, why]) => [code, refusal(why)])),
      ...(body === undefined
        ? {}
        : { 413: refusal('The body is too long.'), 415: refusal('The body is not JSON.') }),
      ...ADMIN_REFUSALS,
    },
    security: ADMIN,
  }
}

const ADMIN = [{ token: [] }, { cookie: [] }]

const ADMIN_REFUSALS = {
  401: { $ref: '#/components/responses/NoAdministrator' },
  403: { $ref: '#/components/responses/Foreign' },
  429: { $ref: '#/components/responses/Guessing' },
}

const otherOf = (answers: Json, one: OtherOperation): Json => {
  const content = (type: string, json: string | undefined): Json => ({
    [type]: { schema: json === undefined ? {} : answers[json] },
  })
  return {
    operationId: one.id,
    tags: [one.tag],
    summary: `${one.summary}.`,
    parameters: parameters(one.path, one.query),
    ...(one.takes === undefined
      ? {}
      : {
          requestBody: { required: true, content: Object.fromEntries(one.takes.map((type) => [type, {}])) },
        }),
    responses: {
      ...Object.fromEntries(
        Object.entries(one.answers).map(([status, { means, type, json }]) => {
          if (Number(status) >= 400 && json === undefined) return [status, refusal(means)]
          if (type === undefined && json === undefined) return [status, { description: means }]
          return [status, { description: means, content: content(type ?? JSON_TYPE, json) }]
        }),
      ),
      ...(one.isAdmin === true ? ADMIN_REFUSALS : {}),
    },
    security: one.isAdmin === true ? ADMIN : [],
  }
}

/** The whole document. */
export const openApiDocument = (): Json => {
  const { answers, schemas } = answerSchemas()
  const { version } = JSON.parse(readFileSync(`${server}package.json`, 'utf8')) as {
    readonly version: string
  }
  const paths: Record<string, Record<string, Json>> = {}
  for (const one of OTHER_OPERATIONS) {
    ;(paths[one.path] ??= {})[one.method.toLowerCase()] = otherOf(answers, one)
  }
  for (const one of API_OPERATIONS) {
    ;(paths[`${API}${one.path}`] ??= {})[one.method.toLowerCase()] = operationOf(answers, one)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'rtmp-server',
      version,
      description: HEAD.replaceAll('\n', ' '),
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: 'http://localhost:8000' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas,
      responses: {
        NoAdministrator: refusal('Neither the token nor an address that needs none.'),
        Foreign: refusal('A page from elsewhere asks, or one that has not shown the token.'),
        Guessing: refusal(
          'Too many wrong tokens came from this address; `Retry-After` says when to come again.',
        ),
      },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: '`http.token`.' },
        cookie: { type: 'apiKey', in: 'cookie', name: 'rtmp-admin', description: 'For pages of the server.' },
      },
    },
  }
}

/** The document as it is kept. */
export const writtenDocument = (): string => `${JSON.stringify(openApiDocument(), undefined, 2)}\n`

if (process.argv[1] === import.meta.filename) writeFileSync(FILE, writtenDocument())
