// `npm run site`: the documentation as static files in site/dist, with a page for every export (`-- --no-api`: without).
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { install, root, tool } from './setup.mjs'

const withApi = !process.argv.includes('--no-api')
install()
const bin = (name) => join(root, 'site/node_modules/.bin', name)
rmSync(join(root, 'site/api'), { recursive: true, force: true })
if (withApi) {
  const status = await tool(bin('typedoc'), ['--options', 'site/typedoc.config.mjs'])
  if (status !== 0) process.exit(status)
}
let status = await tool(bin('vitepress'), ['build', 'site'])
if (status === 0) {
  // The example that looks into FLV files, to be used where it is read about.
  const inspector = join(root, 'examples/flv-inspector')
  const to = [
    '--outDir',
    join(root, 'site/dist/inspector'),
    '--emptyOutDir',
    '--base',
    './',
    '--logLevel',
    'warn',
  ]
  status = await tool(join(inspector, 'node_modules/.bin/vite'), ['build', inspector, ...to])
}
if (status === 0)
  console.log(
    'site/dist has it: site/node_modules/.bin/vitepress preview site, or any server of static files, shows it.',
  )
process.exit(status)
