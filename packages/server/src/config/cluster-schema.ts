import { checked, choice, type Field, number, text, url } from './field.ts'
import { section } from './section.ts'

/** How many processes: a number, or as many as there are cores. */
type Workers = number | 'auto'

const isWorkers = (value: unknown): value is Workers =>
  value === 'auto' || (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 256)

/** How many processes. */
export const workersOption: Field<Workers> = checked<Workers>(
  1,
  "processes that share the ports and all streams: a number, or 'auto' for one for each core",
  "a number from 1 to 256, or 'auto'",
  isWorkers,
)

/** The options of a cluster. */
export const clusterSchema = section('Cluster: servers that have their streams in common', {
  directory: url(
    ['redis', 'rediss'],
    'Redis or Valkey that says who has which stream; without it the server is alone',
    { secret: true },
  ),
  prefix: text('rtmp', 'what the keys in Redis begin with; nodes with the same are one cluster'),
  node: text('', "this node's name in lists and logs; by default the host name"),
  host: text('', 'address or host name at which the other nodes reach this one; by default the host name'),
  port: number(
    1936,
    'port for the other nodes, TLS with the secret as its key; worker 2 takes the next one',
    0,
    65_535,
  ),
  bind: text('*', "address to listen on for the other nodes; '*' for every address, IPv4 and IPv6"),
  secret: text('', 'what only the nodes of the cluster know: 16 characters or more', { secret: true }),
  prefer: choice(
    ['relay', 'redirect'],
    'relay',
    'players of a stream at another node: it is fetched, or those that know reconnect requests are sent there',
  ),
  redirectTo: url(['rtmp', 'rtmps'], 'where other nodes send players to this one, without an app'),
  whenDirectoryAway: choice(
    ['goOn', 'stop'],
    'goOn',
    'what happens to publishes whose claim cannot be renewed: they go on, or end with the lease',
  ),
  lingerMs: number(5000, 'how long after its last player a stream is still fetched, in milliseconds'),
})
