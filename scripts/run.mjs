// `npm run bench|abuse|fuzz|simulate`: sets up what is missing, then runs that folder's main.
import { install, root, tool } from './setup.mjs'
import { join } from 'node:path'

const mains = {
  bench: 'bench/src/main.ts',
  abuse: 'bench/src/abuse/main.ts',
  fuzz: 'fuzz/src/main.ts',
  simulate: 'packages/server/simulation/main.ts',
}

/** Those that start the server as it is built. */
const usesBuilds = new Set(['bench', 'abuse'])

const [name = '', ...args] = process.argv.slice(2)
const main = mains[name]
if (main === undefined) {
  console.error(`Nothing called ${JSON.stringify(name)}; there are ${Object.keys(mains).join(', ')}.`)
  process.exit(2)
}
install()
if (
  usesBuilds.has(name) &&
  (await tool('turbo', ['run', 'build', '--output-logs=errors-only'], { quiet: true })) !== 0
) {
  process.exit(1)
}
process.exit(
  await tool(process.execPath, [
    '--expose-gc',
    '--conditions=@rtmp/source',
    '--import',
    'tsx',
    join(root, main),
    ...args,
  ]),
)
