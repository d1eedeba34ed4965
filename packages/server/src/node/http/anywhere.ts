import type { ClusterNode, OtherNode } from '../cluster/cluster-node.ts'
import type { CallOrigin, HttpCall } from './http-output.ts'
import { answer, type Found } from './http-router.ts'
import type { HttpSubject } from './http-subject.ts'

/** How long a client should wait before it asks again, in seconds. */
const RETRY_S = 1

/**
 * Answers a request, here or by the node that has what is asked for: the owner of a stream cuts its HLS and has its picture, a viewer's playlists are
 * where the viewer was let in, and a recording is on the disk of one machine.
 */
export const answerAnywhere = async (
  { core, cluster: clusterOf }: HttpSubject,
  found: Found,
  call: HttpCall,
): Promise<Response> => {
  const cluster = clusterOf?.()
  if (cluster === undefined || call.method !== 'GET') return answer(found, call)
  const owner = nodeOf(found, call, cluster)
  if (owner !== undefined) {
    const { remoteAddress } = call.origin
    core.admission.passedOn(remoteAddress)
    const there = await passed(cluster, owner, call)
    if (there.status === 429 || there.status === 502) core.admission.notAnsweredThere(remoteAddress)
    return there
  }
  const here = await answer(found, call)
  if (here.status !== 404 || !isOnDisk(found, call)) return here
  for (const other of cluster.machines) {
    const there = await passed(cluster, other, call)
    if (there.status !== 404 && there.status !== 502) return there
    await there.body?.cancel()
  }
  return here
}

// A route and what it is told belong together.
const nodeOf = (found: Found, call: HttpCall, cluster: ClusterNode): OtherNode | undefined =>
  found.kind === 'stream'
    ? found.route.nodeOf?.({ ...call, ...found.more }, cluster)
    : found.route.nodeOf?.({ ...call, ...found.more }, cluster)

const isOnDisk = (found: Found, call: HttpCall): boolean =>
  found.kind === 'stream'
    ? found.route.isOnDisk?.({ ...call, ...found.more }) === true
    : found.route.isOnDisk?.({ ...call, ...found.more }) === true

const passed = async (cluster: ClusterNode, node: OtherNode, call: HttpCall): Promise<Response> => {
  const { request, isHead, origin } = call
  const { url, headers, signal } = request
  // The other node sees to its end.
  call.keepOpen()
  try {
    return await cluster.pass(node, {
      method: isHead ? 'HEAD' : 'GET',
      path: url.slice(url.indexOf('/', url.indexOf('://') + 3)),
      headers,
      address: origin.remoteAddress,
      origin: JSON.stringify(origin),
      signal,
    })
  } catch {
    const error = 'the node that has this cannot be reached.'
    return Response.json({ error }, { status: 502, headers: { 'retry-after': String(RETRY_S) } })
  }
}

/** Whose request it is that a node passes on; `undefined` for what a node asks for itself. */
export const originIn = (header: string | undefined): CallOrigin | undefined => {
  if (header === undefined) return undefined
  return JSON.parse(header) as CallOrigin
}
