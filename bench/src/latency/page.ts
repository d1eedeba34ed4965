// In the browser: plays, and reads the number in each picture that is shown.
import { createPlayer } from '@rtmp/player'
import Hls from 'hls.js'
import { numberIn, PICTURE } from './counter-picture.ts'

/** A picture that was shown. */
export interface Shown {
  readonly number: number | undefined
  /** Milliseconds since 1970. */
  readonly at: number
}

/** Who plays. */
export type PagePlayer = '@rtmp/player' | 'hls.js'

/** What the page has for the program that opened it. */
export interface LatencyPage {
  /** Plays for a while; resolves with every picture that was shown. */
  watch(by: PagePlayer, url: string, ms: number): Promise<readonly Shown[]>
  /** Plays until the first picture is shown; resolves with the milliseconds from the request on. */
  join(by: PagePlayer, url: string): Promise<number>
}

const canvas = document.createElement('canvas')
canvas.width = 16
canvas.height = 1
const context = canvas.getContext('2d', { willReadFrequently: true })

const numberOf = (video: HTMLVideoElement): number | undefined => {
  if (context === null) return undefined
  const { width, height } = PICTURE
  context.imageSmoothingEnabled = false
  for (let i = 0; i < 16; i++) context.drawImage(video, (i * width) / 16 + 8, height / 2, 4, 4, i, 0, 1, 1)
  const { data } = context.getImageData(0, 0, 16, 1)
  return numberIn(Array.from({ length: 16 }, (_, i) => data[i * 4] as number))
}

/** What plays in an element, until it is closed. */
interface Playing {
  close(): void
}

/** Each as it is by default. */
const players: Readonly<Record<PagePlayer, (video: HTMLVideoElement, url: string) => Playing>> = {
  '@rtmp/player': (video, url) => createPlayer(video, url, { worker: false }),
  'hls.js': (video, url) => {
    const hls = new Hls({ enableWorker: false })
    hls.loadSource(url)
    hls.attachMedia(video)
    return { close: () => hls.destroy() }
  },
}

const begin = (by: PagePlayer, url: string, shown: (picture: Shown) => void): Playing => {
  const video = document.createElement('video')
  video.muted = true
  video.autoplay = true
  document.body.replaceChildren(video)
  const player = players[by](video, url)
  const look = (_now: number, { expectedDisplayTime }: VideoFrameCallbackMetadata): void => {
    const at = performance.timeOrigin + Math.max(expectedDisplayTime, performance.now())
    shown({ number: numberOf(video), at })
    video.requestVideoFrameCallback(look)
  }
  video.requestVideoFrameCallback(look)
  return player
}

const page: LatencyPage = {
  watch: async (by, url, ms) => {
    const pictures: Shown[] = []
    const player = begin(by, url, (picture) => pictures.push(picture))
    await new Promise((resolve) => setTimeout(resolve, ms))
    player.close()
    return pictures
  },
  join: (by, url) =>
    new Promise((resolve) => {
      const asked = performance.timeOrigin + performance.now()
      let isFirst = true
      const player = begin(by, url, ({ at }) => {
        if (!isFirst) return
        isFirst = false
        resolve(at - asked)
        setTimeout(() => player.close())
      })
    }),
}
Object.assign(globalThis, { latency: page })
