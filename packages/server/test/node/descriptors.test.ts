import { spawn } from 'node:child_process'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { get } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SignJWT } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { LightClient } from './light-client.ts'

const bin = fileURLToPath(new URL('../../src/node/bin.ts', import.meta.url))
const root = fileURLToPath(new URL('../../../../', import.meta.url))

/** More than a server that loads nothing needs, and soon taken. */
const DESCRIPTORS = 128

const started = async (publicKey: KeyObject) => {
  const folder = await mkdtemp(join(tmpdir(), 'rtmp-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'rtmp.json')
  const pem = publicKey.export({ type: 'spki', format: 'pem' })
  const where = { port: 0, host: '127.0.0.1' }
  const access = { jwt: { publicKey: pem, actions: ['publish'] } }
  await writeFile(file, JSON.stringify({ rtmp: where, http: { ...where, adminFrom: ['127.0.0.1'] }, access }))
  const command = ['--conditions=@rtmp/source', '--import', 'tsx', bin, '--config', file]
  const child = spawn(
    'sh',
    ['-c', `ulimit -n ${DESCRIPTORS}; exec "$0" "$@"`, process.execPath, ...command],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  let output = ''
  for await (const text of child.stdout) {
    output += String(text)
    const ports = /"rtmp":(\d+),"http":(\d+)/.exec(output)
    if (ports !== null) {
      child.stdout.resume()
      return { child, rtmp: Number(ports[1]), http: Number(ports[2]) }
    }
  }
  throw new Error(`it ended with: ${output}`)
}

const statusOf = (port: number, path: string): Promise<number> =>
  new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', path, agent: false }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0))
    }).once('error', reject)
  })

test.runIf(process.platform === 'linux')(
  'a server that has run out of file descriptors goes on when they are back, whatever was asked first meanwhile (Linux only)',
  async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const { child, rtmp, http } = await started(publicKey)
    const token = await new SignJWT({ publish: ['live/*'] })
      .setProtectedHeader({ alg: 'RS256' })
      .setExpirationTime('10 minutes')
      .sign(privateKey)
    // There before the flood: what they ask for is asked for the first time while there are no descriptors.
    const publisher = await new LightClient(rtmp).open()
    const asking = connect(http, '127.0.0.1')
    await once(asking, 'connect')
    onTestFinished(() => {
      asking.destroy()
      publisher.socket.destroy()
    })
    const sockets: Socket[] = []
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy()
    })
    const descriptors = async (): Promise<number> => (await readdir(`/proc/${child.pid}/fd`)).length
    const come = async (): Promise<void> => {
      const socket = connect(rtmp, '127.0.0.1').on('error', () => {})
      sockets.push(socket)
      await Promise.race([once(socket, 'connect'), once(socket, 'close')])
    }
    while ((await descriptors()) < DESCRIPTORS - 1) await come()
    for (let i = 0; i < 8; i++) await come() // and those whom it does not take any more
    let answers = ''
    asking.on('data', (text) => (answers += String(text)))
    for (const path of ['/metrics', '/health', '/ready']) {
      asking.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`)
    }
    await publisher.publish(`first?jwt=${token}`)
    while (answers.match(/HTTP\/1\.1 \d/g)?.length !== 3) await once(asking, 'data')

    for (const socket of sockets) socket.destroy()
    while ((await descriptors()) > DESCRIPTORS / 2) await new Promise(setImmediate)
    for (const path of ['/health', '/ready', '/metrics']) {
      expect([path, await statusOf(http, path)]).toEqual([path, 200])
    }
    const second = await new LightClient(rtmp).open()
    onTestFinished(() => {
      second.socket.destroy()
    })
    await second.publish(`second?jwt=${token}`)
    await second.status('NetStream.Publish.Start')
    expect(child.exitCode).toBeNull()
  },
  60_000,
)
