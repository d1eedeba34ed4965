// `npm start`: sets up what is missing, builds what has changed, runs the server. Flags after `--` are the server's.
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { install, root, tool } from './setup.mjs'

install()
console.error('Building what has changed (a minute the first time) …')
if (
  (await tool('turbo', ['run', 'build', '--filter=@rtmp/server', '--output-logs=errors-only'], {
    quiet: true,
  })) !== 0
) {
  console.error('The build failed; see above.')
  process.exit(1)
}

// npm takes the `--` away, pnpm passes it on.
const args = process.argv.slice(2)
const flags = args[0] === '--' ? args.slice(1) : args
const server = spawn(process.execPath, [join(root, 'packages/server/dist/command/bin.js'), ...flags], {
  stdio: 'inherit',
})
// A Ctrl-C at the terminal reaches the server by itself: it ends its streams and exits, and we follow.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => server.kill('SIGTERM'))
server.on('exit', (status, signal) => process.exit(status ?? (signal === 'SIGINT' ? 130 : 143)))
