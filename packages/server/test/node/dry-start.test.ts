import { isUsageError } from '@rtmp/bytes'
import { describe, expect, test } from 'vitest'
import type { ServerOptions } from '../../src/index.ts'
import { dryStart } from '../../src/node/dry-start.ts'

const refusal = async (options: ServerOptions): Promise<string> => {
  try {
    await dryStart(options)
    return 'starts'
  } catch (error) {
    return isUsageError(error) ? error.path : ((error as NodeJS.ErrnoException).code ?? String(error))
  }
}

describe('what --print-config finds, as a start would', () => {
  test.each<readonly [string, ServerOptions]>([
    ['proxyFrom[0]', { rtmp: { proxyFrom: ['nowhere'] } }],
    ['http.adminFrom[0]', { http: { port: 0, adminFrom: ['nowhere'] } }],
    ['relays[0].push', { relays: [{ push: 'http://other/live' }] }],
    ['access.jwt.publicKey', { access: { jwt: { publicKey: 'no key' } } }],
    ['access.addresses.play.deny[0]', { access: { addresses: { play: { deny: ['nowhere'] } } } }],
    ['ENOENT', { rtmp: false, listeners: [{ port: 1, tls: { certificates: [{ pfx: '/nowhere.pfx' }] } }] }],
  ])('%s', async (path, options) => {
    expect(await refusal(options)).toBe(path)
  })

  test('what can be started is, on no port of its own', async () => {
    expect(await refusal({ rtmp: { port: 1935 }, http: { port: 8000 } })).toBe('starts')
  })
})
