// What servers said to FFmpeg, given to a client session of ours that asks for the same in the same order.
import { byteByByte, readRepoFile, readRepoJson } from '@rtmp/testkit'
import { describe, expect, it } from 'vitest'
import { type ClientEvent, ClientSession } from '../src/index.ts'
import { crypto } from './support.ts'

interface Recording {
  readonly name: string
  readonly role: 'publish' | 'play'
}

type Row = readonly [type: number, ...rest: readonly (number | string)[]]

const recordings = await readRepoJson<readonly Recording[]>('vectors/streams/index.json')
const messages = await readRepoJson<Readonly<Record<string, { readonly s2c: readonly Row[] }>>>(
  'vectors/streams/messages.json',
)

/** Events of a session that numbers its commands as FFmpeg does. */
const replay = (role: 'publish' | 'play', slices: readonly Uint8Array[]): ClientEvent[] => {
  const session = new ClientSession({ crypto })
  const events: ClientEvent[] = []
  const act = (event: ClientEvent): void => {
    if (event.kind === 'connected') {
      if (role === 'publish') {
        session.announce('releaseStream', 'key')
        session.announce('FCPublish', 'key')
      }
      session.createStream()
    } else if (event.kind === 'streamCreated') {
      if (role === 'publish') session.publish(event.messageStreamId, { streamName: 'key' })
      else session.play(event.messageStreamId, { streamName: 'key' })
    }
  }
  session.handleTimeout(0)
  session.connect({ app: 'live', tcUrl: 'rtmp://localhost/live' })
  for (const slice of slices) {
    session.receive(Uint8Array.from(slice), 0)
    for (let event = session.nextEvent(); event !== undefined; event = session.nextEvent()) {
      events.push(event)
      act(event)
    }
    session.takeOutput()
  }
  return events
}

describe('recorded servers', () => {
  // `listen` is FFmpeg as a server, which numbers nothing.
  const spoken = recordings.filter(({ name }) => name.startsWith('ffmpeg-') && !name.includes('listen'))

  it.each(spoken)('$name: begins, gives all media, and ends nothing by itself', async ({ name, role }) => {
    const bytes = await readRepoFile(`vectors/streams/${name}.s2c.bin`)
    const events = replay(role, [bytes])
    const kinds = events.map(({ kind }) => kind)
    expect(kinds).toContain(role === 'publish' ? 'publishStarted' : 'playStarted')
    const media = messages[name]?.s2c.filter(([type]) => type === 8 || type === 9).length ?? 0
    expect(kinds.filter((kind) => kind === 'media')).toHaveLength(media)
    expect(kinds).not.toContain('closed')
    expect(replay(role, byteByByte(bytes)).map(({ kind }) => kind)).toEqual(kinds)
  })

  it('there are some of each', () => {
    expect(spoken.filter(({ role }) => role === 'publish').length).toBeGreaterThan(3)
    expect(spoken.filter(({ role }) => role === 'play').length).toBeGreaterThan(2)
  })
})
