import { ADMINISTRATION } from './administration.ts'
import { DESCRIPTION } from './description.ts'
import { OBSERVATION } from './observation.ts'
import type { ApiOperation } from './operation.ts'
import { RECORDINGS } from './recordings.ts'
import { SESSION } from './session.ts'

/** Everything that the API can be asked: its routes and its document are made of this. */
export const API_OPERATIONS: readonly ApiOperation[] = [
  ...OBSERVATION,
  ...ADMINISTRATION,
  ...RECORDINGS,
  ...SESSION,
  ...DESCRIPTION,
]
