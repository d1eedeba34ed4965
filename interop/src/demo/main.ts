// `npm run demo:ladder`: one encoder, several renditions, HLS; nothing is transcoded.
import { parseArgs } from 'node:util'
import { ladderDemo } from './ladder-demo.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '120' },
    with: { type: 'string', default: 'auto' },
    'rtmp-port': { type: 'string', default: '1935' },
    'http-port': { type: 'string', default: '8000' },
  },
})
const { seconds, with: source } = values
if (!(Number(seconds) > 0) || (source !== 'obs' && source !== 'ffmpeg' && source !== 'auto')) {
  console.error(
    'npm run demo:ladder -- [--seconds 120] [--with obs|ffmpeg|auto] [--rtmp-port 1935] [--http-port 8000]',
  )
  process.exit(2)
}
const ending = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort())
const worked = await ladderDemo({
  seconds: Number(seconds),
  with: source,
  rtmpPort: Number(values['rtmp-port']),
  httpPort: Number(values['http-port']),
  signal: ending.signal,
  print: (line) => console.log(line),
})
process.exit(worked ? 0 : 1)
