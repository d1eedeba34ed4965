/** What Kubernetes and Docker links set for a service named rtmp: `tcp://10.96.0.12:1935`. */
const SERVICE_ADDRESS = /^(?:tcp|udp|sctp):\/\/\S+$/i

/**
 * Why a variable of the environment is not meant for us: `undefined` when it is, empty when there is nothing to be said.
 * Orchestrators set variables after the names of services, and Compose sets those it has no value for to nothing.
 *
 * @param takes - What the option is: text may be anything but nothing, and an empty list is a list.
 */
export const notForUs = (given: string, takes: 'text' | 'list' | 'other'): string | undefined => {
  const trimmed = given.trim()
  if (trimmed === '') return takes === 'list' ? undefined : ''
  if (takes !== 'other') return undefined
  return SERVICE_ADDRESS.test(trimmed)
    ? 'was not taken: it is the address of a service, set by Kubernetes or Docker'
    : undefined
}
