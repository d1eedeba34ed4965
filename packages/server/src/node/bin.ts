#!/usr/bin/env node
import { banner, announcement } from './banner.ts'
import { packageVersion, parseCommandLine } from './command-line.ts'
import { explainListenFailure } from './listen-failure.ts'
import { Log } from './log.ts'
import { logEvents } from './log-events.ts'
import { createServer } from './server.ts'

const { rtmpPort, host, latency, logLevel, logFormat } = parseCommandLine(process.argv)
const log = new Log(logLevel)
const server = createServer({
  rtmp: { port: rtmpPort, ...(host === undefined ? {} : { host }) },
  streams: { latency },
})
logEvents(server, log)

try {
  await server.listen()
} catch (error) {
  process.stderr.write(`${explainListenFailure(error, rtmpPort, host)}\n`)
  process.exit(1)
}

let stopping = false
const stop = (): void => {
  if (stopping) process.exit(130)
  stopping = true
  const streams = server.streams.length
  log.write(
    'info',
    `Ending ${streams} ${streams === 1 ? 'stream' : 'streams'}; a second signal stops at once.`,
    {
      event: 'stopping',
    },
  )
  void server.close().then(() => {
    log.write('info', 'Stopped.', { event: 'stopped' })
    process.exit(0)
  })
}
process.on('SIGINT', stop)
process.on('SIGTERM', stop)

const port = server.address()?.port ?? rtmpPort
if (await log.open(logLevel, logFormat, process.stdout)) {
  process.stdout.write(`\n${banner(packageVersion(), port, host)}\n`)
} else log.write('info', announcement(port, host), { event: 'listening', port, ...(host && { host }) })
