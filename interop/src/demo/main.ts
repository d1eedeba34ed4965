// `npm run demo:ladder`: one encoder, several renditions, HLS; nothing is transcoded.
import { Command, InvalidArgumentError, Option } from 'commander'
import { ladderDemo } from './ladder-demo.ts'

const positive = (text: string): number => {
  const value = Number(text)
  if (!(value > 0)) throw new InvalidArgumentError('It is not a number above 0.')
  return value
}

const command = new Command('npm run demo:ladder --')
  .description('One encoder, several renditions, HLS; nothing is transcoded.')
  .option('--seconds <n>', 'how long it goes on', positive, 120)
  .addOption(
    new Option('--with <encoder>', 'what encodes; auto is OBS where there is one')
      .choices(['obs', 'ffmpeg', 'auto'])
      .default('auto'),
  )
  .option('--rtmp-port <n>', 'where RTMP is', positive, 1935)
  .option('--http-port <n>', 'where HTTP is', positive, 8000)
  .parse()
const options = command.opts<{
  readonly seconds: number
  readonly with: 'obs' | 'ffmpeg' | 'auto'
  readonly rtmpPort: number
  readonly httpPort: number
}>()
const ending = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort())
const worked = await ladderDemo({
  ...options,
  signal: ending.signal,
  print: (line) => console.log(line),
})
process.exit(worked ? 0 : 1)
