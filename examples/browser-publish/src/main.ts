// Publishes from a web page to an RTMP server:
// 1. open a WebSocket to the server and speak RTMP in it, the same session as over TCP (@rtmp/client/web);
// 2. draw a clock, encode it as VP9 with WebCodecs (camera.ts), and write the frames;
// 3. leave pictures out when the network is slow, come back when it is gone, and say what happens.
import { type Publisher, publish } from '@rtmp/client/web'
import { Camera, METADATA } from './camera.ts'

const byId = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T
const start = byId<HTMLButtonElement>('start')
const stop = byId<HTMLButtonElement>('stop')
const log = byId('log')

const say = (text: string): void => {
  log.textContent += `${text}\n`
}

// Both addresses can be given in the page's own: ?socket=…&url=…
for (const [name, value] of new URLSearchParams(location.search)) {
  const input = document.getElementById(name)
  if (input instanceof HTMLInputElement) input.value = value
}

let publisher: Publisher | undefined
let camera: Camera | undefined

const begin = async (): Promise<void> => {
  start.disabled = true
  try {
    publisher = await publish(byId<HTMLInputElement>('url').value, {
      dial: byId<HTMLInputElement>('socket').value,
      reconnect: true,
      queue: { overflow: 'drop' },
      onLog: ({ level, text }) => {
        if (level !== 'debug') say(text)
      },
    })
    const live = publisher
    await live.writeMetadata(METADATA)
    camera = new Camera(
      byId<HTMLCanvasElement>('picture'),
      (frame) => void live.write(frame).catch(() => {}),
      (error) => say(`The encoder has failed: ${error.message}`),
    )
    stop.disabled = false
    await live.finished
  } catch (error) {
    say(error instanceof Error ? error.message : String(error))
  } finally {
    start.disabled = false
    stop.disabled = true
  }
}

const end = async (): Promise<void> => {
  stop.disabled = true
  await camera?.stop()
  await publisher?.end()
}

start.addEventListener('click', () => void begin())
stop.addEventListener('click', () => void end())
