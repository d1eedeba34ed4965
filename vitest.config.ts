import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { playwright } from '@vitest/browser-playwright'
import { defineConfig, type TestProjectConfiguration } from 'vitest/config'

const root = fileURLToPath(new URL('.', import.meta.url)).replace(/\/$/, '')

/** Tests see the packages' sources, not their builds. */
const conditions = ['@rtmp/source', 'module', 'import', 'default']
const shared = {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
}
const provide = { repositoryRoot: root }

/** Packages that run anywhere: their tests run in Node and in a browser. */
const pure = ['bytes', 'amf0', 'amf3', 'handshake', 'chunk', 'message', 'flv', 'eRtmp', 'session']
const node = ['client', 'server']

const project = (name: string, folder: string, more: object = {}): TestProjectConfiguration => ({
  ...shared,
  test: { name, root: `${root}/${folder}`, include: ['test/**/*.test.ts'], provide, ...more },
})

/** Real programs that play in real time: after the rest, so that nothing takes the processor from them. */
const realTime = { testTimeout: 60_000, hookTimeout: 60_000, maxWorkers: 2, sequence: { groupOrder: 1 } }

const chromium = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
const browser = existsSync(chromium)
  ? [
      {
        ...shared,
        test: {
          name: 'browser',
          root,
          include: pure.map((folder) => `packages/${folder}/test/**/*.test.ts`),
          exclude: ['**/*.node.test.ts', '**/node_modules/**'],
          provide,
          sequence: { groupOrder: 2 },
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                executablePath: chromium,
                args: [
                  '--no-sandbox',
                  '--disable-dev-shm-usage',
                  '--disable-gpu',
                  '--disable-background-networking',
                  '--no-first-run',
                ],
              },
            }),
            instances: [{ browser: 'chromium' as const }],
            api: { host: '127.0.0.1' },
          },
        },
      },
    ]
  : []

export default defineConfig({
  server: { fs: { allow: [root] } },
  test: {
    projects: [
      ...pure.map((folder) => project(folder, `packages/${folder}`)),
      ...node.map((folder) => project(folder, `packages/${folder}`, { testTimeout: 20_000 })),
      project('testkit', 'testkit'),
      project('repository', 'scripts'),
      project('examples', 'examples', { include: ['*/test/**/*.test.ts'], ...realTime }),
      project('interop', 'interop', realTime),
      project('bench', 'bench', realTime),
      ...browser,
    ],
  },
})
