// `npm run bench|abuse|fuzz|fuzz:guided|simulate|mutate|demo:ladder|screenshots|durability|api|release:check|container:check`: sets up what is missing,
// then runs that folder's main.
import { install, root, tool } from './setup.mjs'
import { join } from 'node:path'

const mains = {
  bench: 'bench/src/main.ts',
  abuse: 'bench/src/abuse/main.ts',
  fuzz: 'fuzz/src/main.ts',
  'fuzz:guided': 'fuzz/src/guided/main.ts',
  simulate: 'packages/server/simulation/main.ts',
  mutate: 'scripts/mutation/main.ts',
  'demo:ladder': 'interop/src/demo/main.ts',
  screenshots: 'interop/src/demo/screenshots.ts',
  durability: 'interop/src/durability/main.ts',
  api: 'scripts/api-reports.ts',
  'release:check': 'scripts/release/check.ts',
  'container:check': 'scripts/release/container.ts',
}

/** Those that start the server as it is built, or show its pages, or read what was built. */
const usesBuilds = new Set([
  'bench',
  'abuse',
  'demo:ladder',
  'screenshots',
  'api',
  'release:check',
  'container:check',
])

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
