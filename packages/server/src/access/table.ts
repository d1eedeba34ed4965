import { UsageError } from '@rtmp/bytes'
import { streamPath } from '@rtmp/message'
import { accept, type Decision, reject } from '../contract/decision.ts'
import type { ConnectionInfo } from '../contract/connection-info.ts'
import type { PlayContext, PublishContext } from '../contract/contexts.ts'
import type { AccessHandler } from './access-handler.ts'
import type { StreamAction } from '../contract/stream-action.ts'
import { userOf } from './identity.ts'
import { isHashed, isPassword } from './password.ts'
import { matchesPattern } from '../names/pattern.ts'
import { type PasswordCheckOptions, PasswordChecks, type PasswordVerdict } from './password-checks.ts'

/** Who may: everybody, nobody, any user of the table, or these users. */
export type Who = boolean | 'users' | readonly string[]

/** Who may do what with some streams. */
export interface TableRule {
  /** Path with `*` for any text, slashes too: `'live/*'`. */
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
  /** Parameter of the URL that holds the user. Default `'user'`. */
  readonly userParameter?: string
  /** Default `'pass'`. */
  readonly passwordParameter?: string
}

/** Why a client was not found to be a user: the password is wrong or missing, or it could not be looked at now. */
type Unproven = 'unproven' | 'busy'

/**
 * Decides by a table. A user is known from the Adobe or Limelight exchange at `connect`, or from parameters:
 * `rtmp://host/live/show?user=anna&pass=secret`. Checks of hashed passwords are bounded, see {@link PasswordCheckOptions}: when too many wait,
 * a request is refused without one.
 *
 * @throws UsageError `ACCESS_USERS_MISSING` where rules speak of users and there are none, `ACCESS_USER_UNKNOWN` for a rule with a user that the table does not have
 */
export const tableAccess = (table: AccessTable, bounds: PasswordCheckOptions = {}): AccessHandler => {
  const { rules, otherwise = 'deny', userParameter = 'user', passwordParameter = 'pass' } = table
  const users = new Map(Object.entries(table.users ?? {}))
  rules.forEach(({ publish, play }, i) => {
    for (const [action, who] of Object.entries({ publish, play }))
      checkUsers(who, users, `rules[${i}].${action}`)
  })

  const checks = new PasswordChecks(bounds)
  // A user that is not there takes as long as one whose password is wrong.
  const passwords = Array.from(users.values())
  const standIn = passwords.find(isHashed) ?? passwords[0]

  const verdictOn = async (
    connection: ConnectionInfo,
    given: string,
    stored: string,
    withdrawn: AbortSignal | undefined,
  ): Promise<PasswordVerdict> => {
    if (isHashed(stored)) return checks.check(connection, given, stored, withdrawn)
    return (await isPassword(given, stored)) ? 'right' : 'wrong'
  }

  const provenUser = async ({
    connection,
    query,
    withdrawn,
  }: PublishContext | PlayContext): Promise<{ readonly user: string } | Unproven> => {
    const known = userOf(connection)
    if (known !== undefined && users.has(known)) return { user: known }
    const user = query[userParameter]
    const given = query[passwordParameter]
    if (user === undefined || given === undefined) return 'unproven'
    const verdict = await verdictOn(connection, given, users.get(user) ?? standIn ?? '', withdrawn)
    if (verdict === 'busy') return 'busy'
    return verdict === 'right' && users.has(user) ? { user } : 'unproven'
  }

  const decide = (
    action: StreamAction,
    context: PublishContext | PlayContext,
  ): Decision | Promise<Decision> => {
    const path = streamPath(context.app, context.streamName)
    const rule = rules.find((one) => one[action] !== undefined && matchesPattern(one.stream, path))
    const who = rule?.[action] ?? otherwise === 'allow'
    if (who === true) return undefined
    if (who === false) return reject(`nobody may ${action} ${path}`)
    return provenUser(context).then((proven) => {
      if (proven === 'busy') return reject('too many passwords are being checked: try again in a moment')
      if (proven !== 'unproven' && (who === 'users' || who.includes(proven.user))) return accept(proven)
      return reject(`${action} of ${path} needs a user who may, and the right password`)
    })
  }

  return {
    publish: (context) => decide('publish', context),
    play: (context) => decide('play', context),
    disconnect: (connection) => checks.forget(connection),
  }
}

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
