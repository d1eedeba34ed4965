import { publish } from '@rtmp/client'
import { expect, test } from 'vitest'
import { startServer } from './arrange.ts'

// What our client sends, our server reads: any character in user, password, key and query; and nobody is told of it.

const PASSWORDS = ['p@ss w&rd+#1', '100%', 'a%41b', 'a=b&c=d', 'ünï/cödé?', '"quoted" [x]', ' ', '🔑']
const USERS = ['anna', 'anna@example.com', 'a&b', 'x=y', 'per%40cent', 'two words', 'Zoë/2?', '[a]#']

const pairs = USERS.map((user, at) => [user, PASSWORDS[at] ?? ''] as const)

test.each(pairs)(
  'user %j, password %j: in the query, and in the exchange of Adobe and Limelight',
  async (user, password) => {
    const rules = [{ stream: '*', publish: 'users' as const }]
    const table = { rules, users: { [user]: password } }
    for (const access of [
      { table },
      { challenge: { users: { [user]: password } } },
      { challenge: { users: { [user]: password }, scheme: 'llnw' as const } },
    ]) {
      const { port, server } = await startServer({ access })
      const lines: string[] = []
      const authentication = 'challenge' in access ? 'challenge' : 'query'
      const login = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`
      const publisher = await publish(`rtmp://${login}@127.0.0.1:${port}/live/k#1%`, {
        authentication,
        onLog: ({ text }) => lines.push(text),
      })
      expect(server.streams.map(({ path }) => path)).toEqual(['live/k#1%'])
      await publisher.end()
      expect(publisher.url).toBe(`rtmp://127.0.0.1:${port}/live`)
      for (const text of [...lines, publisher.url])
        for (const secret of [login, password.trim(), encodeURIComponent(password).trim()])
          if (secret.length > 3) expect(text).not.toContain(secret)
    }
  },
)

test('a wrong password is refused, and stands in no error', async () => {
  const rules = [{ stream: '*', publish: 'users' as const }]
  const { port } = await startServer({ access: { table: { rules, users: { anna: 'right' } } } })
  const url = `rtmp://anna:wrong-one@127.0.0.1:${port}/live/key`
  const error = await publish(url, { authentication: 'query' }).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(String(error)).toMatch(/Denied|needs a user/)
  expect(String(error)).not.toContain('wrong-one')
})

test('who connects elsewhere and cuts the path differently has not answered the challenge', async () => {
  const access = { challenge: { users: { anna: 'secret' }, apps: ['live'] } }
  const { port } = await startServer({ access })
  const place = { app: '', streamName: 'live/key' }
  await expect(publish(`rtmp://127.0.0.1:${port}/live/key`, place)).rejects.toThrow(/connect to the app live/)
  const free = await publish(`rtmp://127.0.0.1:${port}/other/key`)
  await free.end()
  const known = await publish(`rtmp://anna:secret@127.0.0.1:${port}/live/key`)
  await known.end()
})
