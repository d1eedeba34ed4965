import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run, sample } from './support/run.ts'

const COMMANDS = ['publish', 'play', 'probe', 'relay', 'inspect']

describe('help', () => {
  it('lists the subcommands, examples and exit codes', async () => {
    const { code, stdout, stderr } = await run(['--help'])
    expect(code).toBe(0)
    expect(stderr).toBe('')
    expect(stdout).toMatchSnapshot()
  })

  it.each(COMMANDS)('of %s', async (name) => {
    const { code, stdout, stderr } = await run([name, '--help'])
    expect(code).toBe(0)
    expect(stderr).toBe('')
    expect(stdout).toMatchSnapshot()
    expect(stdout).toContain(`\nExamples:\n  rtmp ${name} `)
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100)
    expect((await run(['help', name])).stdout).toBe(stdout)
  })

  it('prints the version', async () => {
    expect(await run(['--version'])).toMatchObject({ code: 0, stdout: '1.2.3\n' })
  })
})

describe('a wrong command line', () => {
  it.each([
    [[], /^Usage: rtmp <command>/],
    [
      ['publsh'],
      /^Unknown command 'publsh'\n\(Did you mean publish\?\)\n\(rtmp --help shows how it is used\)\n$/,
    ],
    [['publish'], /^Missing required argument 'input'\n\(rtmp help publish shows how it is used\)\n$/],
    [['probe', 'a', 'b'], /^Too many arguments/],
    [['play', 'rtmp://h/a/s', '-d', 'soon'], /argument 'soon' is invalid\. Write it as 10 or 10s/],
    [['play', 'rtmp://h/a/s', '--quite'], /^Unknown option '--quite'\n\(Did you mean --quiet\?\)/],
    [['probe', 'x', '--json', '--text'], /'--json' cannot be used with option '--text'/],
    [['play', 'ftp://h/a/s', '-o', '-'], /^The scheme must be rtmp or rtmps, not "ftp"\.\n$/],
    [['play', 'rtmp://host', '-o', '-'], /^The stream name is missing: rtmp:\/\/host\/app\/streamName\.\n$/],
    [['publish', '-', 'rtmp://h/a/s', '--loop'], /^Only a file can be looped/],
    [['inspect', 'rtmp://h/a/s', 'file'], /^Inspect one URL at a time/],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await run(args)
    expect(stderr).toMatch(message)
    expect(stdout).toBe('')
    expect(code).toBe(2)
  })

  it('does not write media on a terminal', async () => {
    const { code, stderr } = await run(['play', 'rtmp://localhost/a/s'], { terminal: true })
    expect(code).toBe(2)
    expect(stderr).toMatch(/^Say where the stream goes: -o recording\.flv/)
  })
})

describe('options from elsewhere', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rtmp-config-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const config = async (value: unknown): Promise<string> => {
    const path = join(folder, 'rtmp.json')
    await writeFile(path, typeof value === 'string' ? value : JSON.stringify(value))
    return path
  }
  const file = sample('h264-aac.flv')
  const lines = async (args: readonly string[], env: Record<string, string> = {}): Promise<number> =>
    (await run(['inspect', file, '--json', ...args], { env })).stdout.trimEnd().split('\n').length

  it('takes the command line first, then the environment, then the file', async () => {
    const path = await config({ limit: 4, text: false })
    expect(await lines(['--config', path])).toBe(4)
    expect(await lines(['--config', path], { RTMP_CLIENT_LIMIT: '3' })).toBe(3)
    expect(await lines(['--config', path, '--limit', '2'], { RTMP_CLIENT_LIMIT: '3' })).toBe(2)
    expect(await lines(['--limit', '5'], { RTMP_CLIENT_CONFIG: path })).toBe(5)
    const yaml = join(folder, 'rtmp.yaml')
    await writeFile(yaml, 'limit: 6 # as the server reads its own\ntext: false\n')
    expect(await lines(['--config', yaml])).toBe(6)
    // Those of the server are not ours.
    expect(await lines(['--limit', '5'], { RTMP_LIMIT: '3' })).toBe(5)
    expect(await lines(['--limit', '5'], { RTMP_CONFIG: '/etc/rtmp.yaml' })).toBe(5)
  })

  it('switches on and off', async () => {
    const text = async (value: string): Promise<string> =>
      (await run(['probe', file], { env: { RTMP_CLIENT_TEXT: value } })).stdout
    expect(await text('1')).toMatch(/^.*\n {2}Format {8}FLV/)
    expect(await text('no')).toMatch(/^\{"source"/)
    // Orchestrators set these after the names of services.
    expect(await text('tcp://10.96.0.12:1935')).toMatch(/^\{"source"/)
    expect((await run(['probe', file], { env: { RTMP_CLIENT_TEXT: 'maybe' } })).stderr).toBe(
      "RTMP_CLIENT_TEXT: 'maybe' will not do; give 'true' or 'false'.\n",
    )
  })

  it.each([
    [{ limits: 4 }, /rtmp\.json, limits: there is no such option; did you mean limit\?\n$/],
    [{ playlists: 4 }, /, playlists: there is no such option; rtmp help inspect lists them all\.\n$/],
    [[4], /rtmp\.json: it must hold options, such as timeout: 5s\.\n$/],
    [{ limit: 0 }, /, limit: '0' will not do\. It is a number of lines from 1 to 1000000000\.\n$/],
    [{ limit: true }, /, limit: true will not do; give a string or a number\.\n$/],
    [{ text: 'yes' }, /, text: 'yes' will not do; give a boolean\.\n$/],
    ['{', /: it cannot be read as JSON: .+\n$/],
  ])('refuses the file %j', async (value, message) => {
    const { code, stderr } = await run(['inspect', file, '--config', await config(value)])
    expect(stderr).toMatch(message)
    expect(code).toBe(2)
  })

  it('refuses wrong values in the environment, and a file that is not there', async () => {
    const wrong = await run(['inspect', file], { env: { RTMP_CLIENT_LIMIT: 'many' } })
    expect(wrong).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^RTMP_CLIENT_LIMIT: 'many' will not do\./),
    })
    const absent = await run(['inspect', file, '--config', join(folder, 'none.json')])
    expect(absent).toMatchObject({
      code: 5,
      stderr: expect.stringMatching(
        /none\.json: there is no such file; correct --config or RTMP_CLIENT_CONFIG\.\n$/,
      ),
    })
  })
})
