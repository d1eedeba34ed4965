// Takes one stream and publishes it to many places: npm start SOURCE TARGET TARGET …
//
// 1. Read the command line.
// 2. Turn Ctrl-C into an abort.
// 3. Pass every packet of the source on to all targets.
// 4. Say what happens, and where.
import { pushToMany } from './push.ts'

const [source, ...targets] = process.argv.slice(2)
if (source === undefined || targets.length === 0) {
  console.error('usage: npm start rtmp://source/app/name rtmp://target/app/key rtmps://target/app/key …')
  process.exit(2)
}

const stop = new AbortController()
process.once('SIGINT', () => stop.abort())

await pushToMany(source, targets, stop.signal, (line) => console.log(line))
