import type { AccessOptions } from './access-options.ts'
import type { QueryParameters } from '@rtmp/message'

/** Under which names rules look for what is sent in `Authorization`. */
export interface CredentialNames {
  readonly tokens: readonly string[]
  readonly user: string
  readonly password: string
}

/** Unless rules are told others. */
const DEFAULT_NAMES: CredentialNames = { tokens: ['token', 'jwt'], user: 'user', password: 'pass' }

/** The names that access rules of these options look under. */
export const credentialNames = ({ jwt, table }: AccessOptions): CredentialNames => {
  const { tokens, user, password } = DEFAULT_NAMES
  return {
    tokens: [...new Set([...tokens, jwt?.parameter ?? 'jwt'])],
    user: table?.userParameter ?? user,
    password: table?.passwordParameter ?? password,
  }
}

/** The parameters of a URL, and what `Authorization` says under the names of parameters that are not there. */
export const withCredentials = (
  query: QueryParameters,
  authorization: string | null,
  { tokens, user, password }: CredentialNames = DEFAULT_NAMES,
): QueryParameters => {
  const [scheme = '', given = ''] = (authorization ?? '').trim().split(/\s+/, 2)
  if (given === '') return query
  if (scheme.toLowerCase() === 'bearer') {
    return { ...Object.fromEntries(tokens.map((name) => [name, given])), ...query }
  }
  if (scheme.toLowerCase() !== 'basic') return query
  const text = Buffer.from(given, 'base64').toString()
  const colon = text.indexOf(':')
  return colon < 0 ? query : { [user]: text.slice(0, colon), [password]: text.slice(colon + 1), ...query }
}
