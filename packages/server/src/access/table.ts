import { UsageError } from '@rtmp/bytes'
import { type Decision, reject } from '../core/decision.ts'
import type { PlayContext, PublishContext } from '../core/handler.ts'
import type { AccessHandler, StreamAction } from './access-handler.ts'
import { userOf } from './identity.ts'
import { isPassword } from './password.ts'
import { matchesPattern, streamPath } from './pattern.ts'

/** Who may: everybody, nobody, any user of the table, or these users. */
export type Who = boolean | 'users' | readonly string[]

/** Who may do what with some streams. */
export interface TableRule {
  /** `app/name`, with `*` for any text: `'live/*'`. */
  readonly stream: string
  /** Left out: the next rule that fits decides. */
  readonly publish?: Who
  /** Left out: the next rule that fits decides. */
  readonly play?: Who
}

/** Who may do what, written down. */
export interface AccessTable {
  /** The first that fits a stream and says something about the action decides. */
  readonly rules: readonly TableRule[]
  /** Passwords by user: as such, or as `hashPassword` writes them. */
  readonly users?: Readonly<Record<string, string>>
  /** What holds where no rule decides. Default `'deny'`. */
  readonly otherwise?: 'allow' | 'deny'
  /** Parameters of the URL that hold user and password. Default `'user'` and `'pass'`. */
  readonly userParameter?: string
  readonly passwordParameter?: string
}

/**
 * Decides by a table. A user is known from the Adobe or Limelight exchange at `connect`, or from parameters:
 * `rtmp://host/live/show?user=anna&pass=secret`.
 *
 * @throws UsageError `ACCESS_USERS_MISSING` where rules speak of users and there are none, `ACCESS_USER_UNKNOWN` for a rule with a user that the table does not have
 */
export const tableAccess = (table: AccessTable): AccessHandler => {
  const { rules, otherwise = 'deny', userParameter = 'user', passwordParameter = 'pass' } = table
  const users = new Map(Object.entries(table.users ?? {}))
  rules.forEach(({ publish, play }, i) => {
    for (const [action, who] of Object.entries({ publish, play }))
      checkUsers(who, users, `rules[${i}].${action}`)
  })

  const provenUser = async ({
    connection,
    query,
  }: PublishContext | PlayContext): Promise<string | undefined> => {
    const known = userOf(connection)
    if (known !== undefined && users.has(known)) return known
    const user = query[userParameter]
    const given = query[passwordParameter]
    if (user === undefined || given === undefined) return undefined
    // A user that is not there takes as long as one whose password is wrong.
    const isRight = await isPassword(given, users.get(user) ?? firstOf(users) ?? '')
    return isRight && users.has(user) ? user : undefined
  }

  const decide = (
    action: StreamAction,
    context: PublishContext | PlayContext,
  ): Decision | Promise<Decision> => {
    const path = streamPath(context)
    const rule = rules.find((one) => one[action] !== undefined && matchesPattern(one.stream, path))
    const who = rule?.[action] ?? otherwise === 'allow'
    if (who === true) return undefined
    if (who === false) return reject(`nobody may ${action} ${path}`)
    return provenUser(context).then((user) => {
      if (user !== undefined && (who === 'users' || who.includes(user))) return undefined
      return reject(`${action} of ${path} needs a user who may, and the right password`)
    })
  }

  return {
    publish: (context) => decide('publish', context),
    play: (context) => decide('play', context),
  }
}

const firstOf = (users: ReadonlyMap<string, string>): string | undefined => users.values().next().value

const checkUsers = (who: Who | undefined, users: ReadonlyMap<string, string>, path: string): void => {
  if (who === 'users' && users.size === 0)
    throw new UsageError(
      'ACCESS_USERS_MISSING',
      "it says 'users', and there are none: give their passwords",
      path,
    )
  if (typeof who !== 'object') return
  for (const user of who) {
    if (users.has(user)) continue
    throw new UsageError(
      'ACCESS_USER_UNKNOWN',
      `there is no user '${user}' in users: add one, or correct it`,
      path,
    )
  }
}
