import { type Decision, reject } from '../contract/decision.ts'
import type { ConnectionInfo } from '../contract/connection-info.ts'
import { AddressList } from '../transport/address-list.ts'
import type { AccessHandler } from './access-handler.ts'

/** Addresses and networks that may and may not; what is denied is denied even when it is allowed too. */
export interface AddressRule {
  /** If any are given, nobody else may. */
  readonly allow?: readonly string[]
  /** Who may not, whatever `allow` says. Default nobody. */
  readonly deny?: readonly string[]
}

/** Who may do what, by address: `'192.0.2.7'`, `'10.0.0.0/8'`, `'2001:db8::/32'`. */
export interface AddressRules {
  /** Everything. */
  readonly connect?: AddressRule
  /** In addition to `connect`. */
  readonly publish?: AddressRule
  /** In addition to `connect`; over HTTP, too. */
  readonly play?: AddressRule
}

/**
 * Decides by the client's address.
 *
 * @throws UsageError `ADDRESS_INVALID`
 */
export const addressAccess = (rules: AddressRules): AccessHandler => {
  const connect = checkOf(rules.connect, 'connect')
  const publish = checkOf(rules.publish, 'publish')
  const play = checkOf(rules.play, 'play')
  return {
    connect: ({ connection }) => connect(connection),
    publish: ({ connection }) => publish(connection),
    play: ({ connection }) => play(connection),
  }
}

const checkOf = (rule: AddressRule = {}, action: string): ((connection: ConnectionInfo) => Decision) => {
  const allow = new AddressList(rule.allow ?? [], `${action}.allow`)
  const deny = new AddressList(rule.deny ?? [], `${action}.deny`)
  return ({ remoteAddress }) => {
    const allowed = (allow.isEmpty || allow.has(remoteAddress)) && !deny.has(remoteAddress)
    return allowed ? undefined : reject(`${remoteAddress} may not ${action} here`)
  }
}
