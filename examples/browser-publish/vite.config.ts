import { defineConfig } from 'vite'

// The packages are taken from their sources, so that the page runs without a build.
export default defineConfig({
  root: import.meta.dirname,
  resolve: { conditions: ['@rtmp/source', 'module', 'browser', 'import', 'default'] },
  server: { host: '127.0.0.1' },
})
