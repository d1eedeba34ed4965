import { play, publish } from '@rtmp/client'
import { type ClientProfile, listenForClients, type RunningClient } from '../src/index.ts'
import { AAC_HEADER, AVC_HEADER, audioFrame, videoFrame } from '../src/wire/media.ts'

const DEADLINES = { handshake: 8000, connect: 8000, request: 8000, close: 200 }

/** Our own publisher, with pictures and sound until it is stopped. */
const publishing = (url: string): RunningClient => {
  const stop = new AbortController()
  const run = async (): Promise<boolean> => {
    const publisher = await publish(url, { signal: stop.signal, deadlines: DEADLINES })
    publisher.finished.catch(() => {})
    await publisher.writeMetadata({ width: 320, height: 180, videocodecid: 7, audiocodecid: 10 })
    await publisher.write({ typeId: 9, timestamp: 0, payload: AVC_HEADER })
    await publisher.write({ typeId: 8, timestamp: 0, payload: AAC_HEADER })
    for (let time = 0; !stop.signal.aborted; time += 40) {
      await publisher.write({ typeId: 9, timestamp: time, payload: videoFrame(600, time % 400 === 0) })
      await publisher.write({ typeId: 8, timestamp: time, payload: audioFrame(200) })
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    return true
  }
  return { ended: run().catch(() => false), stop: () => stop.abort() }
}

const playing = (url: string): RunningClient => {
  const stop = new AbortController()
  const run = async (): Promise<boolean> => {
    for await (const packet of play(url, { signal: stop.signal, deadlines: DEADLINES }))
      if (packet === undefined) return false
    return true
  }
  return { ended: run().catch(() => false), stop: () => stop.abort() }
}

/** Our own client. */
export const ourClient = (answerMs: number, quietMs: number): ClientProfile => ({
  name: '@rtmp/client',
  roles: ['publish', 'play'],
  start: (role, url) => (role === 'publish' ? publishing(url) : playing(url)),
  listen: (onLink) => listenForClients(0, onLink),
  answerMs,
  quietMs,
})
