import { createRequire } from 'node:module'
import { type ApiOperation, operation } from './operation.ts'

/** The document that scripts/write-openapi.ts writes of the operations. */
const document: unknown = createRequire(import.meta.url)('@rtmp/server/openapi.json')

/** What the API says of itself. */
export const DESCRIPTION: readonly ApiOperation[] = [
  operation(
    {
      id: 'getDescription',
      tag: 'server',
      method: 'GET',
      path: '/openapi.json',
      summary: 'This document: OpenAPI 3.1',
    },
    () => document as Readonly<Record<string, unknown>>,
  ),
]
