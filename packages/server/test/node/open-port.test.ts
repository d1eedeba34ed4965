import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { canSharePorts, openPort } from '../../src/node/open-port.ts'

const server = (): Server => {
  const made = createServer()
  onTestFinished(() => void made.close())
  return made
}

const portOf = (listening: Server): number => (listening.address() as AddressInfo).port

test.each([
  ['20.20.2', false],
  ['22.11.0', false],
  ['22.12.0', true],
  ['22.22.1', true],
  ['23.0.0', false],
  ['23.1.0', true],
  ['24.0.0', true],
  ['100.0.0', true],
])('Node %s has ports that several processes share: %s', (version, can) => {
  expect(canSharePorts(version, 'linux')).toBe(can)
  expect(canSharePorts(version, 'darwin')).toBe(false)
})

describe('a port that is shared', () => {
  test('is refused to the first one where another program has it', async () => {
    const other = server().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const place = { port: portOf(other), host: '127.0.0.1' }
    await expect(openPort(server(), place, 'first')).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  test('is chosen by the system where it is 0', async () => {
    const one = server()
    await openPort(one, { port: 0, host: '127.0.0.1' }, 'first')
    expect(portOf(one)).toBeGreaterThan(0)
  })

  test('is had by each of them where Node can do it, and by no second first one', async ({ skip }) => {
    skip(
      !canSharePorts(process.versions.node, process.platform),
      `Node ${process.versions.node} has no reusePort, or this system does not share out`,
    )
    const free = server()
    await openPort(free, { port: 0, host: '127.0.0.1' })
    const place = { port: portOf(free), host: '127.0.0.1' }
    free.close()
    await once(free, 'close')
    const [first, another] = [server(), server()]
    await openPort(first, place, 'first')
    await openPort(another, place, 'another')
    expect(portOf(another)).toBe(place.port)
    await expect(openPort(server(), place, 'first')).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })
})
