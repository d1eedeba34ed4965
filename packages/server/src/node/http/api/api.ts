import { Hono } from 'hono'
import { noForeignChanges } from '../administrators.ts'
import type { Environment } from '../environment.ts'
import { API_OPERATIONS } from './operations.ts'
import type { ApiServices } from './operation.ts'

/** The routes of all operations, below the API's path. Whoever gets here is an administrator. */
export const apiRoutes = (services: ApiServices): Hono<Environment> => {
  const app = new Hono<Environment>()
  app.use(noForeignChanges)
  for (const { method, path, respond } of API_OPERATIONS) {
    app.on(method, routeOf(path), async (c) => respond(services, c))
  }
  return app
}

/** A path as Hono writes it. Paths of streams and names of files have slashes. */
const routeOf = (path: string): string =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    name === 'path' || name === 'name' ? `:${name}{[^]+}` : `:${name}`,
  )
