// `npm run bench|abuse|fuzz|simulate`: sets up what is missing, then runs that folder's main on the sources.
import { install, root, tool } from './setup.mjs'
import { join } from 'node:path'

const mains = {
  bench: 'bench/src/main.ts',
  abuse: 'bench/src/abuse/main.ts',
  fuzz: 'fuzz/src/main.ts',
  simulate: 'packages/server/simulation/main.ts',
}

const [name = '', ...args] = process.argv.slice(2)
const main = mains[name]
if (main === undefined) {
  console.error(`Nothing called ${JSON.stringify(name)}; there are ${Object.keys(mains).join(', ')}.`)
  process.exit(2)
}
install()
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
