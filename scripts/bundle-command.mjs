// Makes one file of the modules that the rtmp-server command needs to listen: loading two hundred of them takes longer
// than everything else it does. The library stays as it is. Run in the package's folder, after tsc.
import { readFileSync, rmSync } from 'node:fs'
import { build } from 'esbuild'

const { dependencies } = JSON.parse(readFileSync('package.json', 'utf8'))

rmSync('dist/command', { recursive: true, force: true })
await build({
  entryPoints: ['dist/node/bin.js'],
  outdir: 'dist/command',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  external: Object.keys(dependencies).filter((name) => !name.startsWith('@rtmp/')),
  logLevel: 'warning',
})
