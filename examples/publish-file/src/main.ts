// Publishes an FLV file: npm start FILE rtmp://host/app/streamName
//
// 1. Read the command line.
// 2. Turn Ctrl-C into an abort, so that the stream is unpublished and not just gone.
// 3. Publish the file as fast as it is to be watched; a lost connection is replaced.
// 4. Say what happened, and in the exit status whether it worked.
import { publishFile } from './publish.ts'

const [file, url] = process.argv.slice(2)
if (file === undefined || url === undefined) {
  console.error('usage: npm start FILE rtmp://host/app/streamName')
  process.exit(2)
}

const stop = new AbortController()
process.once('SIGINT', () => stop.abort())

process.exitCode = await publishFile(file, url, stop.signal, (line) => console.log(line))
