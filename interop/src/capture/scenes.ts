import { args } from '../args.ts'
import { join } from 'node:path'

import type { RealClient } from '../availability.ts'
import { curl } from '../clients/curl.ts'
import { ffmpeg, newerFfmpeg } from '../clients/ffmpeg.ts'
import { gstreamer, newerGstreamer } from '../clients/gstreamer.ts'
import { mpv } from '../clients/mpv.ts'
import { type NginxServer, nginxRtmp } from '../clients/nginx-rtmp.ts'
import { type NodeMediaServerProcess, nodeMediaServer } from '../clients/node-media-server.ts'
import { obs } from '../clients/obs.ts'
import { rtmpdump } from '../clients/rtmpdump.ts'
import { vlc } from '../clients/vlc.ts'
import { freePort } from '../loopback.ts'
import { mediaFile } from '../media.ts'
import type { RunningProgram } from '../running-program.ts'
import type { Scratch } from '../scratch.ts'
import { Tap } from '../tap.ts'

/** What the scenes share. */
export interface Stage {
  readonly nginx: NginxServer
  readonly nms: NodeMediaServerProcess
  readonly scratch: Scratch
  /** A few seconds of small H.264 and AAC. */
  readonly source: string
}

/** One conversation to record: a client, a server, and how to let them meet behind a tap. */
export interface Scene {
  readonly name: string
  readonly client: RealClient
  readonly role: 'publish' | 'play'
  readonly peer: RealClient
  readonly notes: string
  readonly run: (stage: Stage) => Promise<Tap>
}

const pause = async (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

async function through(
  port: number,
  drive: (url: (path: string) => string) => Promise<RunningProgram> | RunningProgram,
  stopAfterMs?: number,
): Promise<Tap> {
  const tap = await Tap.open(port)
  const program = await drive((path) => tap.url(path))
  const limit = stopAfterMs === undefined ? undefined : setTimeout(() => void program.stop(), stopAfterMs)
  const end = await program.ended
  clearTimeout(limit)
  const firstLine = end.stderr.trim().split('\n')[0] ?? ''
  if (firstLine !== '') console.log(`  ${program.name}: ${firstLine}`)
  await pause(300)
  return tap
}

/** Plays a stream that FFmpeg publishes for as long as the player runs. */
async function playing(
  publishTo: string,
  input: string,
  port: number,
  drive: (url: (path: string) => string) => Promise<RunningProgram> | RunningProgram,
  stopAfterMs?: number,
): Promise<Tap> {
  const publisher = newerFfmpeg.publish({ input, url: publishTo, loop: true, limitMs: 30_000 })
  await pause(1200)
  const tap = await through(port, drive, stopAfterMs)
  await publisher.stop()
  return tap
}

function clip(input: string, seconds: number, announce: string | undefined, url: string): RunningProgram {
  const announced = announce === undefined ? [] : ['-rtmp_enhanced_codecs', announce]
  return newerFfmpeg.run(
    args`-re -i ${input} -t ${seconds} -map 0 -c copy -f flv ${announced} ${url}`,
    20_000,
  )
}

/** FFmpeg takes the publisher as a server, behind the tap. */
async function listening(
  server: typeof ffmpeg,
  output: string,
  drive: (url: (path: string) => string) => RunningProgram,
): Promise<Tap> {
  const port = await freePort()
  const listener = server.listen({ port, path: 'live/x', output })
  await pause(1500)
  const tap = await through(port, drive)
  await listener.ended
  return tap
}

/** Every conversation of `vectors/streams/`, in their order there. */
export const SCENES: readonly Scene[] = [
  {
    name: 'ffmpeg-5.1-publish',
    client: ffmpeg,
    role: 'publish',
    peer: nginxRtmp,
    notes: 'H.264 + AAC; whole session, FCUnpublish and deleteStream at the end',
    run: async ({ nginx, source }) =>
      through(nginx.port, (url) => ffmpeg.publish({ input: source, url: url('live/ffmpeg51') })),
  },
  {
    name: 'ffmpeg-5.1-publish-listen',
    client: ffmpeg,
    role: 'publish',
    peer: ffmpeg,
    notes: 'H.264 + AAC; the peer is FFmpeg in listen mode',
    run: async ({ scratch, source }) =>
      listening(ffmpeg, scratch.file('l51.flv'), (url) =>
        ffmpeg.publish({ input: source, url: url('live/x') }),
      ),
  },
  {
    name: 'ffmpeg-9.0-publish-hevc',
    client: newerFfmpeg,
    role: 'publish',
    peer: nodeMediaServer,
    notes: 'HEVC (hvc1) + AAC; connect announces a fourCcList',
    run: async ({ nms }) =>
      through(nms.port, (url) =>
        clip(mediaFile('hevc-aac.flv'), 2, 'hvc1,av01,vp09,Opus,fLaC,ac-3,ec-3', url('live/hevc90')),
      ),
  },
  {
    name: 'ffmpeg-9.0-publish-av1-opus',
    client: newerFfmpeg,
    role: 'publish',
    peer: nodeMediaServer,
    notes: 'AV1 (av01) + Opus, announced without a fourCcList',
    run: async ({ nms }) =>
      through(nms.port, (url) => clip(mediaFile('av1-opus.flv'), 2, undefined, url('live/av190'))),
  },
  {
    name: 'ffmpeg-9.0-publish-multitrack',
    client: newerFfmpeg,
    role: 'publish',
    peer: newerFfmpeg,
    notes: 'H.264 + HEVC (OneTrack), AAC + Opus (OneTrack); the peer is FFmpeg in listen mode',
    run: async ({ scratch }) =>
      listening(newerFfmpeg, scratch.file('l90.flv'), (url) =>
        clip(mediaFile('multitrack-h264-hevc-aac-opus.flv'), 3, 'hvc1,Opus', url('live/x')),
      ),
  },
  {
    name: 'ffmpeg-5.1-play',
    client: ffmpeg,
    role: 'play',
    peer: nginxRtmp,
    notes: 'H.264 + AAC; FFmpeg ends by itself after 1.5 s of media',
    run: async ({ nginx, source, scratch }) =>
      playing(nginx.url('live', 'p1'), source, nginx.port, (url) =>
        ffmpeg.play({ url: url('live/p1'), output: scratch.file('p1.flv'), seconds: 1.5 }),
      ),
  },
  {
    name: 'ffmpeg-9.0-play-hevc',
    client: newerFfmpeg,
    role: 'play',
    peer: nodeMediaServer,
    notes: 'HEVC (hvc1) + AAC',
    run: async ({ nms, scratch }) =>
      playing(nms.url('live', 'p2'), mediaFile('hevc-aac.flv'), nms.port, (url) =>
        newerFfmpeg.play({ url: url('live/p2'), output: scratch.file('p2.flv'), seconds: 1.5 }),
      ),
  },
  {
    name: 'obs-29-publish',
    client: obs,
    role: 'publish',
    peer: nginxRtmp,
    notes: 'H.264 + AAC; Set Chunk Size before connect; drops the connection without a word at the end',
    run: async ({ nginx, scratch }) =>
      through(nginx.port, async (url) =>
        obs.publish({ server: url('live'), key: 'obs', home: await scratch.folder('obs'), seconds: 5 }),
      ),
  },
  {
    name: 'gstreamer-1.22-rtmp2sink-publish',
    client: gstreamer,
    role: 'publish',
    peer: nginxRtmp,
    notes:
      'H.264 + AAC; transaction id 0; deleteStream with a string; Set Chunk Size 128; onMetaData repeated',
    run: async ({ nginx, source }) =>
      through(nginx.port, (url) =>
        gstreamer.publishFile({ sink: 'rtmp2sink', input: source, url: url('live/gst2') }),
      ),
  },
  {
    name: 'gstreamer-1.22-rtmpsink-publish',
    client: gstreamer,
    role: 'publish',
    peer: nginxRtmp,
    notes: 'H.264 + AAC; librtmp as publisher',
    run: async ({ nginx, source }) =>
      through(nginx.port, (url) =>
        gstreamer.publishFile({ sink: 'rtmpsink', input: source, url: url('live/gstlib') }),
      ),
  },
  {
    name: 'gstreamer-1.28-rtmp2sink-publish',
    client: newerGstreamer,
    role: 'publish',
    peer: nodeMediaServer,
    notes: 'H.264 as avc1 and AAC as mp4a in enhanced headers (eflvmux)',
    run: async ({ nms, source }) =>
      through(nms.port, (url) =>
        newerGstreamer.publishEnhancedFile({ mode: 'non-multitrack', input: source, url: url('live/gst28') }),
      ),
  },
  ...(['rtmp2src', 'rtmpsrc'] as const).map(
    (source): Scene => ({
      name: `gstreamer-1.22-${source}-play`,
      client: gstreamer,
      role: 'play',
      peer: nginxRtmp,
      notes: source === 'rtmp2src' ? 'play with transaction id 0; no deleteStream' : 'librtmp as player',
      run: async ({ nginx, source: input, scratch }) =>
        playing(nginx.url('live', source), input, nginx.port, (url) =>
          gstreamer.record({
            source,
            url: url(`live/${source}`),
            output: scratch.file('g.flv'),
            buffers: source === 'rtmp2src' ? 60 : 30_000,
          }),
        ),
    }),
  ),
  {
    name: 'rtmpdump-2.4-play',
    client: rtmpdump,
    role: 'play',
    peer: nginxRtmp,
    notes: 'FCSubscribe before play; ended by SIGTERM',
    run: async ({ nginx, source, scratch }) =>
      playing(
        nginx.url('live', 'rd'),
        source,
        nginx.port,
        (url) => rtmpdump.record({ url: url('live/rd'), output: scratch.file('rd.flv') }),
        2000,
      ),
  },
  {
    name: 'curl-7.88-play',
    client: curl,
    role: 'play',
    peer: nginxRtmp,
    notes: 'librtmp inside; no FCSubscribe, no deleteStream; ended by SIGTERM',
    run: async ({ nginx, source, scratch }) =>
      playing(
        nginx.url('live', 'cu'),
        source,
        nginx.port,
        (url) => curl.record({ url: url('live/cu'), output: scratch.file('cu.flv') }),
        2000,
      ),
  },
  {
    name: 'mpv-0.35-play',
    client: mpv,
    role: 'play',
    peer: nginxRtmp,
    notes: 'FFmpeg 5.1 inside',
    run: async ({ nginx, source }) =>
      playing(nginx.url('live', 'mpv'), source, nginx.port, (url) =>
        mpv.play({ url: url('live/mpv'), seconds: 1 }),
      ),
  },
  {
    name: 'vlc-3.0-play',
    client: vlc,
    role: 'play',
    peer: nginxRtmp,
    notes: 'FFmpeg 5.1 inside',
    run: async ({ nginx, source, scratch }) =>
      playing(nginx.url('live', 'vlc'), source, nginx.port, async (url) => {
        const home = await scratch.folder('vlc')
        return vlc.play({ url: url('live/vlc'), home, output: join(home, 'out.ts'), seconds: 1 })
      }),
  },
  {
    name: 'nginx-rtmp-1.2-push',
    client: nginxRtmp,
    role: 'publish',
    peer: nginxRtmp,
    notes: 'nginx-rtmp pushes a stream that FFmpeg publishes to it on to another nginx-rtmp',
    run: async ({ nginx, source }) => {
      const tap = await Tap.open(nginx.port)
      const relay = await nginxRtmp.serve({
        port: await freePort(),
        push: tap.url('live'),
      })
      await ffmpeg.publish({ input: source, url: relay.url('push', 'pushed') }).ended
      await pause(500)
      await relay.stop()
      return tap
    },
  },
  {
    name: 'nginx-rtmp-1.2-pull',
    client: nginxRtmp,
    role: 'play',
    peer: nginxRtmp,
    notes: 'nginx-rtmp pulls a stream for its own player from another nginx-rtmp',
    run: async ({ nginx, source, scratch }) => {
      const tap = await Tap.open(nginx.port)
      const relay = await nginxRtmp.serve({
        port: await freePort(),
        pull: tap.url('live'),
      })
      const publisher = ffmpeg.publish({ input: source, url: nginx.url('live', 'pulled'), loop: true })
      await pause(1200)
      const output = scratch.file('pulled.flv')
      await ffmpeg.play({ url: relay.url('pull', 'pulled'), output, seconds: 1.2 }).ended
      await relay.stop()
      await publisher.stop()
      return tap
    },
  },
]
