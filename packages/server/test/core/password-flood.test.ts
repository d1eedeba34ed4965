import { expect, test } from 'vitest'
import { tableAccess } from '../../src/access.ts'
import { begin } from './peer.ts'

test('whoever floods password checks and leaves costs one, and holds up nobody', async () => {
  const begun: string[] = []
  const ends: ((right: boolean) => void)[] = []
  const compute = async (given: string): Promise<boolean> => {
    begun.push(given)
    return new Promise((resolve) => ends.push(resolve))
  }
  const mark = async (text: string): Promise<string> => Promise.resolve(text)
  const settled = async (): Promise<void> => new Promise(setImmediate)
  const handler = tableAccess(
    { rules: [{ stream: '*', publish: 'users' }], users: { anna: 'pbkdf2:1000:aa:bb' } },
    { compute, mark },
  )
  const { peer, closed } = begin({ handler })
  const attackers = Array.from({ length: 6 }, () => peer().open())
  for (const attacker of attackers) {
    for (let id = 1; id <= 60; id++) {
      if (id > 1) attacker.session.createStream()
      attacker.pump().session.publish(id, { streamName: `a${id}?user=anna&pass=wrong${id}` })
    }
    attacker.pump()
  }
  await settled()
  expect(begun).toEqual(['wrong1'])
  // What cannot wait is refused at once, and a refused publish ends its connection, and with it all that waits for it.
  for (const attacker of attackers) {
    attacker.pump()
    expect(attacker.codes.at(-1)).toBe('NetStream.Publish.Denied')
  }
  expect(closed).toHaveLength(6)

  const anna = peer().open()
  anna.session.publish(1, { streamName: 'show?user=anna&pass=right' })
  anna.pump()
  await settled()
  ends.shift()?.(false)
  await settled()
  expect(begun).toEqual(['wrong1', 'right'])
  ends.shift()?.(true)
  await settled()
  expect(anna.pump().codes.at(-1)).toBe('NetStream.Publish.Start')
})
