// Writes the pages that list what the sources hold: error codes, metrics, events and lines of the log, what is tolerated, and what its
// OpenAPI document says of the HTTP port.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './package-metadata.ts'
import { errorCodesPage } from './registries/error-codes.ts'
import { eventsPage } from './registries/events.ts'
import { httpApiPage } from './registries/http-api.ts'
import { metricsPage } from './registries/metrics.ts'
import { toleratedPage } from './registries/tolerated.ts'

/** Each page by its name in docs/. */
export const REGISTRIES: Readonly<Record<string, () => string>> = {
  'error-codes.md': errorCodesPage,
  'metrics.md': metricsPage,
  'events.md': eventsPage,
  'tolerated.md': toleratedPage,
  'http-api.md': httpApiPage,
}

if (process.argv[1] === import.meta.filename) {
  for (const [name, page] of Object.entries(REGISTRIES)) writeFileSync(join(root, 'docs', name), page())
}
