import { fileURLToPath } from 'node:url'

import { createServer, type RtmpServer, type ServerOptions } from '@rtmp/server'
import { expect, test, type TestContext } from 'vitest'

import { args } from '../src/args.ts'
import { type Ffmpeg, ffmpeg, newerFfmpeg } from '../src/clients/ffmpeg.ts'
import { gstreamer, type GstreamerSink } from '../src/clients/gstreamer.ts'
import { rtmpdump } from '../src/clients/rtmpdump.ts'
import { LOOPBACK } from '../src/loopback.ts'
import { mediaFile } from '../src/media.ts'
import { readTracks } from '../src/packets.ts'
import { Scratch } from '../src/scratch.ts'
import { describeWith } from './support/describe-with.ts'

const INPUT = mediaFile('h264-aac-nobframes.flv')
const certificate = (name: string): string =>
  fileURLToPath(new URL(`../../packages/server/test/certificates/${name}`, import.meta.url))
const TLS = { certificates: [{ cert: certificate('localhost.pem'), key: certificate('localhost.key') }] }
const USERS = { anna: 'secret' }

interface Scene {
  readonly server: RtmpServer
  readonly scratch: Scratch
  readonly port: number
  /** Why connections have ended, in order. */
  readonly endings: string[]
  /** App and name of every publish that began. */
  readonly published: string[]
}

/** A server with these options on free ports of the loopback, gone when the test has finished. */
const open = async ({ onTestFinished }: TestContext, options: ServerOptions): Promise<Scene> => {
  const server = createServer({ rtmp: { port: 0, host: LOOPBACK }, streams: { graceMs: 0 }, ...options })
  const scratch = await Scratch.make()
  const endings: string[] = []
  const published: string[] = []
  server.on('connectionClosed', ({ closed }) => endings.push(`${closed.reason}: ${closed.description}`))
  server.on('publishStarted', ({ app, streamName }) => published.push(`${app}/${streamName}`))
  await server.listen()
  onTestFinished(async () => {
    await server.close({ drainMs: 2000 })
    await scratch.remove()
  })
  return { server, scratch, port: server.address('rtmp')?.port ?? 0, endings, published }
}

const publish = (program: Ffmpeg, url: string, ...options: string[]) =>
  program.run(args`-re -i ${INPUT} -map 0 -c copy -t 1 -f flv ${options} ${url}`, 20_000)

for (const program of [ffmpeg, newerFfmpeg]) {
  describeWith([program], `access with ${program.name}`, () => {
    test('publishes and plays over RTMPS, checking the certificate', async (context) => {
      const { server, scratch } = await open(context, { listeners: [{ port: 0, host: LOOPBACK, tls: TLS }] })
      const url = `rtmps://localhost:${server.address('rtmps')?.port}/live/secure`
      const checked = ['-tls_verify', '1', '-ca_file', certificate('localhost.pem')]
      const output = scratch.file('secure.flv')
      const player = program.run(args`-y ${checked} -i ${url} -map 0 -c copy -f flv ${output}`, 20_000)
      const publisher = await publish(program, url, ...checked).ended
      expect(publisher).toMatchObject({ status: 0, stderr: '' })
      expect(await player.ended).toMatchObject({ timedOut: false })
      const tracks = await readTracks(output)
      expect(tracks.map(({ codec, packets }) => [codec, packets.length > 20])).toEqual([
        ['h264', true],
        ['aac', true],
      ])
    })

    test('does not take a certificate that it cannot check', async (context) => {
      const { server, published } = await open(context, {
        listeners: [{ port: 0, host: LOOPBACK, tls: TLS }],
      })
      const url = `rtmps://localhost:${server.address('rtmps')?.port}/live/secure`
      expect((await publish(program, url, '-tls_verify', '1').ended).status).not.toBe(0)
      expect(published).toEqual([])
    })

    for (const scheme of ['adobe', 'llnw'] as const) {
      test(`authmod=${scheme}: three connections with the right password, refused with a wrong one`, async (context) => {
        const { port, published, endings } = await open(context, {
          access: { challenge: { users: USERS, scheme } },
        })
        const url = (password: string): string => `rtmp://anna:${password}@${LOOPBACK}:${port}/live/show`
        expect(await publish(program, url('secret')).ended).toMatchObject({ status: 0 })
        expect(published).toEqual(['live/show'])
        await expect.poll(() => endings.length).toBe(3)
        expect(endings.slice(0, 2).map((ending) => ending.includes(`authmod=${scheme}`))).toEqual([
          true,
          true,
        ])
        const refused = await publish(program, url('wrong')).ended
        expect(refused.status).not.toBe(0)
        await expect.poll(() => endings.at(-1)).toContain('reason=authfailed')
        const nameless = await publish(program, `rtmp://${LOOPBACK}:${port}/live/show`).ended
        expect(nameless.status).not.toBe(0)
        expect(published).toHaveLength(1)
      })
    }

    test('refused publishers and players see the status and its text', async (context) => {
      const { port, published } = await open(context, {
        access: {
          table: { rules: [{ stream: 'live/show', publish: 'users', play: ['anna'] }], users: USERS },
        },
      })
      const url = (name: string): string => `rtmp://${LOOPBACK}:${port}/live/${name}`
      const refused = await publish(program, url('show?user=anna&pass=wrong')).ended
      expect(refused.status).not.toBe(0)
      expect(refused.stderr).toContain('publish of live/show needs a user who may, and the right password')
      const player = await program.run(args`-i ${url('other')} -f null -`, 20_000).ended
      expect(player).toMatchObject({ timedOut: false })
      expect(player.stderr).toContain('nobody may play live/other')
      expect((await publish(program, url('show?user=anna&pass=secret')).ended).status).toBe(0)
      expect(published).toEqual(['live/show'])
    })
  })
}

describeWith([gstreamer], 'access with GStreamer', () => {
  const sinks: readonly GstreamerSink[] = ['rtmp2sink', 'rtmpsink']
  for (const sink of sinks) {
    test(`${sink} is refused with a reason`, async (context) => {
      const { port, published, endings } = await open(context, {
        access: { table: { rules: [{ stream: '*', publish: false }] } },
      })
      const publisher = gstreamer.publishFile({
        input: INPUT,
        url: `rtmp://${LOOPBACK}:${port}/live/show`,
        sink,
      })
      await publisher.ended
      expect(published).toEqual([])
      await expect.poll(() => endings[0]).toBe('refused: nobody may publish live/show')
    })
  }
})

describeWith([rtmpdump], 'access with rtmpdump', () => {
  test('is refused with a reason', async (context) => {
    const { port, scratch } = await open(context, {
      access: { table: { rules: [{ stream: '*', play: false }] } },
    })
    const player = rtmpdump.record({
      url: `rtmp://${LOOPBACK}:${port}/live/show`,
      output: scratch.file('no.flv'),
    })
    const { stderr, timedOut } = await player.ended
    expect(timedOut).toBe(false)
    expect(stderr).toContain('NetStream.Play')
  })
})
