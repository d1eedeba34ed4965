/**
 * Records what real clients and servers say to each other, and takes the test vectors from it:
 *
 *     pnpm --filter @rtmp/interop capture [FOLDER]
 *
 * Each scene puts a tap between a client and a server that are not ours, and keeps at most {@link LIMIT} bytes of each
 * direction. All scenes are recorded anew or none: without one of the programs this ends with a reason. Conversations with
 * servers that no registry has stay as they are. Without a FOLDER the
 * repository's own vectors are written over.
 */
import { args } from '../args.ts'
import type { RealClient } from '../availability.ts'
import { newerFfmpeg } from '../clients/ffmpeg.ts'
import { nginxRtmp } from '../clients/nginx-rtmp.ts'
import { nodeMediaServer } from '../clients/node-media-server.ts'
import { freePort } from '../loopback.ts'
import { repositoryFile } from '../media.ts'
import { Scratch } from '../scratch.ts'
import { keptConversations } from './kept.ts'
import { SCENES, type Scene, type Stage } from './scenes.ts'
import { type Conversation, writeVectors } from './write-vectors.ts'

const LIMIT = 60_000

function versionOf(program: RealClient): string {
  const found = program.availability()
  if (!found.available) throw new Error(`${program.name}: ${found.reason}`)
  return found.version
}

async function record(scene: Scene, stage: Stage): Promise<Conversation> {
  const tap = await scene.run(stage)
  const connection = tap.connections[0]
  await tap.close()
  if (connection === undefined) throw new Error(`${scene.name}: nobody connected`)
  const { clientToServer, serverToClient } = connection
  console.log(`${scene.name}: ${clientToServer.length} bytes to the server, ${serverToClient.length} back`)
  return {
    name: scene.name,
    client: scene.client.name,
    version: versionOf(scene.client),
    role: scene.role,
    peer: scene.peer.name,
    peerVersion: versionOf(scene.peer),
    notes: scene.notes,
    c2s: clientToServer.subarray(0, LIMIT),
    s2c: serverToClient.subarray(0, LIMIT),
  }
}

/** A few seconds of small H.264 and AAC. */
async function makeSource(path: string): Promise<void> {
  const { status, stderr } = await newerFfmpeg.run(
    args`
      -f lavfi -i testsrc=s=160x90:r=15:d=3 -f lavfi -i sine=440:r=44100:d=3
      -pix_fmt yuv420p -c:v libx264 -preset veryfast -tune zerolatency -g 15 -crf 34
      -c:a aac -b:a 32k -shortest ${path}`,
    20_000,
  ).ended
  if (status !== 0) throw new Error(stderr)
}

for (const scene of SCENES) [scene.client, scene.peer].forEach(versionOf)
const scratch = await Scratch.make()
const source = scratch.file('source.flv')
await makeSource(source)
const nginx = await nginxRtmp.serve({ port: await freePort() })
const nms = await nodeMediaServer.serve({ port: await freePort(), httpPort: await freePort() })
try {
  const conversations: Conversation[] = []
  for (const scene of SCENES) conversations.push(await record(scene, { nginx, nms, scratch, source }))
  const vectors = repositoryFile('vectors')
  const kept = await keptConversations(vectors, new Set(conversations.map(({ name }) => name)))
  await writeVectors(process.argv[2] ?? vectors, [...conversations, ...kept])
} finally {
  await nginx.stop()
  await nms.stop()
  await scratch.remove()
}
