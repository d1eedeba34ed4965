// The samples of docs/access.md, run by Python and held against the server's side.
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { isPassword } from '../../src/access/password.ts'
import { callbackAccess, jwtAccess, signToken, tokenAccess } from '../../src/access.ts'
import { ask } from './arrange.ts'

const page = readFileSync(new URL('../../../../docs/access.md', import.meta.url), 'utf8')
const sample = (name: string): string => {
  const found = [...page.matchAll(/```python\n([^]*?)```/g)].find(([, text = '']) =>
    text.startsWith(`# ${name}:`),
  )
  if (found?.[1] === undefined) throw new Error(`docs/access.md has no ${name}`)
  return found[1]
}

const hasPython = spawnSync('python3', ['--version']).status === 0
if (!hasPython) console.log('skipped: samples of docs/access.md (python3 is not there)')
const withPython = test.skipIf(!hasPython)

const run = (name: string, ...args: readonly string[]): string =>
  execFileSync('python3', ['-c', sample(name), ...args], { encoding: 'utf8' }).trim()

withPython(
  'callbacks.py checks the signature and decides',
  async () => {
    const python = spawn('python3', ['-c', sample('callbacks.py'), 'shared'])
    onTestFinished(() => {
      python.kill('SIGKILL')
    })
    const [port] = (await once(python.stdout, 'data')) as [Buffer]
    const publish = `http://127.0.0.1:${String(port).trim()}/`
    const handler = ask(callbackAccess({ publish, secret: 'shared', timeoutMs: 20_000 }))
    expect(await handler.publish({ streamName: 's3cr3t-key' })).toBe('as public')
    expect(await handler.publish({ streamName: 'guessed' })).toBe('no such key')
    const stranger = ask(callbackAccess({ publish, secret: 'another', timeoutMs: 20_000 }))
    expect(await stranger.publish({ streamName: 's3cr3t-key' })).toBe('the signature is wrong')
  },
  60_000,
)

withPython(
  'sign_token.py makes the same token',
  async () => {
    const expires = Math.floor(Date.now() / 1000) + 600
    const text = run('sign_token.py', 'sécret', 'publish', 'live', 'shöw', String(expires))
    const grant = { secret: 'sécret', action: 'publish', app: 'live', streamName: 'shöw', expires } as const
    expect(text).toBe(`live/shöw?${await signToken(grant)}`)
    const query = Object.fromEntries(new URLSearchParams(text.split('?')[1]))
    const handler = ask(tokenAccess({ secrets: ['sécret'] }))
    expect(await handler.publish({ streamName: 'shöw', query })).toBe('yes')
  },
  60_000,
)

withPython(
  'make_jwt.py makes a token that counts',
  async () => {
    const secret = 'a secret of more than 32 bytes, as HS256 wants it'
    const expires = Math.floor(Date.now() / 1000) + 600
    const jwt = run('make_jwt.py', secret, 'live/show', String(expires))
    const handler = ask(jwtAccess({ secret }))
    expect(await handler.publish({ query: { jwt } })).toBe('yes')
    expect(await handler.publish({ streamName: 'other', query: { jwt } })).toMatch('not for publish')
    expect(await handler.play({ streamName: 'other', query: { jwt } })).toBe('yes')
  },
  60_000,
)

withPython(
  'hash_password.py makes a hash that is read',
  async () => {
    const stored = run('hash_password.py', 'pässword')
    expect(await isPassword('pässword', stored)).toBe(true)
    expect(await isPassword('password', stored)).toBe(false)
  },
  60_000,
)
