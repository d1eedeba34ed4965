import fc from 'fast-check'
import { expect, test } from 'vitest'
import { conversations } from '../src/arbitraries.ts'
import { ServerSession } from '../src/index.ts'

test('a server session understands every conversation whole', () => {
  fc.assert(
    fc.property(
      conversations(),
      fc.integer({ min: 1, max: 4000 }),
      ({ role, app, streamName, messages, bytes }, piece) => {
        const session = new ServerSession({ crypto: { randomBytes: (count) => new Uint8Array(count) } })
        const kinds: string[] = []
        const names: string[] = []
        const drain = (): void => {
          for (let event = session.nextEvent(); event !== undefined; event = session.nextEvent()) {
            kinds.push(event.kind)
            if (event.kind === 'publishRequested' || event.kind === 'playRequested')
              names.push(`${event.app}/${event.streamName}`)
            if ('requestId' in event && event.requestId !== undefined && session.state === 'connected')
              session.accept(event.requestId)
            else if (event.kind === 'connectRequested') session.accept(event.requestId)
          }
          session.takeOutput()
        }
        for (let at = 0; at < bytes.length; at += piece) {
          session.receive(bytes.subarray(at, at + piece), 0)
          drain()
        }
        const media = messages.filter(({ typeId }) => typeId === 8 || typeId === 9).length
        expect(names).toEqual([`${app}/${streamName}`])
        expect(kinds).toContain(role === 'publish' ? 'publishRequested' : 'playRequested')
        expect(kinds.filter((kind) => kind === 'media')).toHaveLength(media)
        expect(kinds).not.toContain('closed')
        expect(kinds).not.toContain('warning')
      },
    ),
  )
})
