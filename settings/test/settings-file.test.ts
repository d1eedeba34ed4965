import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readSettingsFile } from '../src/node/settings-file.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rtmp-settings-'))
})
afterAll(() => rm(folder, { recursive: true }))

const read = async (name: string, text?: string): Promise<unknown> => {
  const path = join(folder, name)
  if (text !== undefined) await writeFile(path, text)
  return readSettingsFile(path, '--config', 'options')
}

describe('a file with options', () => {
  test.each([
    ['a.yaml', 'port: 1 # of it\nlist: [a, b]\n', { port: 1, list: ['a', 'b'] }],
    ['b.yml', '', {}],
    ['c.conf', '# nothing yet\n', {}],
    ['d.JSON', '{"port": 1}', { port: 1 }],
    ['e.yaml', '$schema: https://example.org/s.json\nport: 1\n', { port: 1 }],
    ['f.json', '{"$schema": "s.json"}', {}],
    ['g.json', '{"__proto__": {"port": 1}}', JSON.parse('{"__proto__": {"port": 1}}')],
  ])('%s', async (name, text, value) => {
    const settings = await read(name, text)
    expect(settings).toEqual(value)
    expect(Object.keys(settings as object)).toEqual(Object.keys(value))
  })

  test.each([
    ['none.yaml', undefined, 'unreadable', /none\.yaml: there is no such file; correct --config\.$/],
    ['h.json', '{', 'syntax', /h\.json: it cannot be read as JSON: .+$/],
    ['i.yaml', 'a: [', 'syntax', /i\.yaml: it cannot be read as YAML: [^\n]+$/],
    ['j.json', 'null', 'shape', /j\.json: it must hold options\.$/],
    ['k.yaml', '- a\n', 'shape', /k\.yaml: it must hold options\.$/],
    ['l.yaml', 'text', 'shape', /l\.yaml: it must hold options\.$/],
  ])('%s cannot be used, and says why', async (name, text, kind, message) => {
    await expect(read(name, text)).rejects.toMatchObject({
      name: 'SettingsFileError',
      kind,
      message: expect.stringMatching(message),
    })
  })

  test('a folder is no file', async () => {
    await expect(readSettingsFile(folder, '--config', 'options')).rejects.toMatchObject({
      kind: 'unreadable',
      message: expect.stringMatching(/EISDIR.*; correct --config\.$/),
    })
  })
})
