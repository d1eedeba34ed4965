import { byteByByte, cutAt, readRepoFile, readRepoJson, SeededRandom } from '@rtmp/testkit'
import { describe, expect, it } from 'vitest'
import { ServerSession, type ServerEvent } from '../src/index.ts'
import { crypto, isRequest } from './support.ts'

interface Recording {
  readonly name: string
  readonly role: 'publish' | 'play'
  readonly c2s: { readonly bytes: number; readonly messages: number }
}

/** What a server session makes of a recorded client: all requests are accepted. */
const replay = (slices: readonly Uint8Array[]): string[] => {
  const session = new ServerSession({ crypto })
  const lines: string[] = []
  let media = 0
  let data = 0
  const note = (event: ServerEvent): void => {
    if (event.kind === 'media') media += 1
    else if (event.kind === 'data' && media > 0) data += 1
    else {
      if (media > 0) lines.push(`${media} media, ${data} data`)
      media = 0
      data = 0
      lines.push(describeEvent(event))
    }
  }
  const drain = (): void => {
    for (let event = session.nextEvent(); event !== undefined; event = session.nextEvent()) {
      note(event)
      if (isRequest(event)) session.accept(event.requestId)
    }
  }
  for (const slice of slices) {
    const borrowed = Uint8Array.from(slice)
    session.receive(borrowed, 0)
    drain()
    borrowed.fill(0xee)
    session.takeOutput()
  }
  session.transportClosed('transportClosed', 0)
  drain()
  return lines
}

const describeEvent = (event: ServerEvent): string => {
  switch (event.kind) {
    case 'connectRequested':
      return `connect ${event.app} ${event.connect.flashVer}`
    case 'publishRequested':
      return `publish ${event.messageStreamId} ${event.app}/${event.streamName} ${event.publishType}`
    case 'playRequested':
      return `play ${event.messageStreamId} ${event.app}/${event.streamName} ${event.source} ${event.reset}`
    case 'releaseStream':
    case 'fcPublishRequested':
    case 'fcUnpublish':
    case 'fcSubscribe':
      return `${event.kind} ${event.streamName}`
    case 'data':
      return `data ${event.messageStreamId} ${event.action} ${event.name}`
    case 'publishEnded':
    case 'playEnded':
      return `${event.kind} ${event.messageStreamId} ${event.reason}`
    case 'setBufferLength':
      return `setBufferLength ${event.messageStreamId} ${event.bufferLength}`
    case 'chunkSizeChanged':
      return `chunkSize ${event.chunkSize}`
    case 'warning':
      return `warning ${event.code}`
    case 'closed':
      return `closed ${event.reason}`
    case 'commandReceived':
      return `command ${event.name}`
    default:
      return event.kind
  }
}

const recordings = await readRepoJson<readonly Recording[]>('vectors/streams/index.json')

describe('recorded clients', () => {
  for (const { name } of recordings) {
    it(`${name}: the same events, however the bytes arrive`, async () => {
      const bytes = await readRepoFile(`vectors/streams/${name}.c2s.bin`)
      const events = replay([bytes])
      expect(events).toMatchSnapshot()
      expect(replay(byteByByte(bytes))).toEqual(events)
      const random = new SeededRandom(bytes.length)
      const cuts = Array.from({ length: 40 }, () => random.below(bytes.length))
      expect(replay(cutAt(bytes, cuts))).toEqual(events)
    })
  }
})
