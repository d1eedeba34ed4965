import { readdir, readFile } from 'node:fs/promises'
import { ChunkWriter } from '@rtmp/chunk'
import { fromHex } from '@rtmp/testkit/fuzz'
import { STAGES } from './attacker.ts'

const VECTORS = new URL('../../../vectors/', import.meta.url)
const HANDSHAKE = 3073
/** Enough for all commands of a conversation and some media. */
const SEED_SIZE = 4000

const BEFORE_HANDSHAKE = STAGES.indexOf('before the handshake')
const BEFORE_CONNECT = STAGES.indexOf('before connect')
const CONNECTED = STAGES.indexOf('connected')
const HAS_STREAM = STAGES.indexOf('has a stream')
const PUBLISHES = STAGES.indexOf('publishes')
const PLAYS = STAGES.indexOf('plays')

const at = (stage: number, bytes: Uint8Array): Uint8Array => {
  const input = new Uint8Array(1 + bytes.length)
  input[0] = stage
  input.set(bytes, 1)
  return input
}

/** What real clients have sent: from the first byte on, and what came behind the handshake to several stages. */
const captures = async (): Promise<Uint8Array[]> => {
  const inputs: Uint8Array[] = []
  for (const file of await readdir(new URL('streams/', VECTORS))) {
    if (!file.endsWith('.c2s.bin')) continue
    const bytes = Uint8Array.from(await readFile(new URL(`streams/${file}`, VECTORS)))
    inputs.push(at(BEFORE_HANDSHAKE, bytes.subarray(0, HANDSHAKE + SEED_SIZE)))
    const rest = bytes.subarray(HANDSHAKE, HANDSHAKE + SEED_SIZE)
    for (const stage of [BEFORE_CONNECT, BEFORE_CONNECT, CONNECTED, HAS_STREAM]) inputs.push(at(stage, rest))
  }
  return inputs
}

/** The `hex` of every vector in a file, as far as it is written out. */
const bodies = async (file: string): Promise<Uint8Array[]> => {
  const vectors = JSON.parse(await readFile(new URL(file, VECTORS), 'utf8')) as { readonly hex?: unknown }[]
  return vectors.flatMap(({ hex }) =>
    typeof hex === 'string' && /^[0-9a-f ]*$/.test(hex) ? [fromHex(hex)] : [],
  )
}

/** Bodies as messages of a type, for clients of several stages. */
const MESSAGES: readonly (readonly [file: string, typeIds: readonly number[], stages: readonly number[]])[] =
  [
    ['ertmp/video.json', [9], [PUBLISHES]],
    ['ertmp/audio.json', [8], [PUBLISHES]],
    ['ertmp/forms.json', [9, 8], [PUBLISHES]],
    ['ertmp/records.json', [9], [PUBLISHES]],
    ['ertmp/malformed.json', [9, 8], [PUBLISHES]],
    ['ertmp/captured.json', [9, 8], [PUBLISHES]],
    ['amf0/by-hand.json', [18, 20], [PUBLISHES, CONNECTED]],
    ['amf3/by-hand.json', [15, 17], [PUBLISHES, CONNECTED]],
    ['message/aggregate.json', [22], [PUBLISHES, PLAYS]],
    ['message/command.json', [20, 17], [BEFORE_CONNECT, HAS_STREAM, PUBLISHES, PLAYS]],
    ['message/data.json', [18, 15], [PUBLISHES]],
    ['message/shared-object.json', [19, 16], [CONNECTED]],
    ['message/user-control.json', [4], [HAS_STREAM, PLAYS]],
  ]

const messages = async (): Promise<Uint8Array[]> => {
  const inputs: Uint8Array[] = []
  for (const [file, typeIds, stages] of MESSAGES) {
    for (const payload of await bodies(file)) {
      for (const typeId of typeIds) {
        const messageStreamId = typeId === 4 || typeId === 19 ? 0 : 1
        const message = { csid: 6, typeId, messageStreamId, timestamp: 40, payload }
        const bytes = new ChunkWriter().encode(message)
        for (const stage of stages) inputs.push(at(stage, bytes))
      }
    }
  }
  return inputs
}

/** Chunks by hand, legal and not, for every stage behind the handshake. */
const chunks = async (): Promise<Uint8Array[]> =>
  (await Promise.all(['chunk/messages.json', 'chunk/errors.json'].map(bodies)))
    .flat()
    .flatMap((bytes) => [BEFORE_CONNECT, CONNECTED, PUBLISHES, PLAYS].map((stage) => at(stage, bytes)))

/** The first byte is the stage at which a client stops to behave, the others are what it sends then. */
export const serverSeeds = async (): Promise<Uint8Array[]> =>
  (await Promise.all([captures(), messages(), chunks()])).flat()
