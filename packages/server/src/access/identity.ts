import type { ConnectionInfo } from '../contract/connection-info.ts'

const users = new WeakMap<ConnectionInfo, string>()

/** The user whom a connection has proved to be at `connect`, if any. */
export const userOf = (connection: ConnectionInfo): string | undefined => users.get(connection)

/** Notes the user whom a connection has proved to be; tables of users go by it. */
export const setUser = (connection: ConnectionInfo, user: string): void => {
  users.set(connection, user)
}
