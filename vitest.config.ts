import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { playwright } from '@vitest/browser-playwright'
import { defineConfig, type TestProjectConfiguration } from 'vitest/config'
import { PURE_PACKAGES } from './scripts/pure-packages.ts'

const root = fileURLToPath(new URL('.', import.meta.url)).replace(/\/$/, '')

/** Tests see the packages' sources, not their builds. */
const conditions = ['@rtmp/source', 'module', 'import', 'default']
const shared = {
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
}
const provide = { repositoryRoot: root }

/** For a test that waits in vain. No test is judged by it: a busy machine may take ten times as long as an idle one. */
const patience = { testTimeout: 60_000, hookTimeout: 60_000 }

/** Beside {@link PURE_PACKAGES}, whose tests run in a browser too. */
const node = ['cluster', 'player', 'console', 'recorder', 'client', 'server', 'conformance']

/** Vitest would leave a core to a person who works at it. */
const everyCore = { maxWorkers: availableParallelism() }

const project = (name: string, folder: string, more: object = {}): TestProjectConfiguration => ({
  ...shared,
  test: {
    name,
    root: `${root}/${folder}`,
    include: ['test/**/*.test.ts'],
    exclude: ['**/*.browser.test.ts', '**/node_modules/**'],
    provide,
    ...patience,
    ...everyCore,
    ...more,
  },
})

/** No test of these packages leaves anything behind: their files share a worker's modules, which take longer than the tests. */
const sharedModules = { isolate: false }
/** They count what V8 runs, so nobody may have run it before. */
const counted = 'linear.node.test.ts'

/** Real programs that play in real time, and mostly wait: after the rest, so that nothing takes the processor from them. */
const realTime = { maxWorkers: 3, sequence: { groupOrder: 1 } }

const chromium = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
/** Tests that run in a browser. */
const inBrowser = (
  name: string,
  include: readonly string[],
  more: object = {},
): TestProjectConfiguration => ({
  ...shared,
  test: {
    name,
    root,
    include: [...include],
    exclude: ['**/*.node.test.ts', '**/node_modules/**'],
    provide,
    ...patience,
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
    ...more,
  },
})

const browser = existsSync(chromium)
  ? [
      inBrowser(
        'browser',
        PURE_PACKAGES.map((folder) => `packages/${folder}/test/**/*.test.ts`),
        sharedModules,
      ),
      // Streams in real time, from a server beside the browser.
      inBrowser('browser-player', ['packages/player/test/**/*.browser.test.ts'], {
        globalSetup: `${root}/packages/player/test/support/serve-live-flv.ts`,
        sequence: { groupOrder: 3 },
      }),
    ]
  : []

export default defineConfig({
  server: { fs: { allow: [root] } },
  test: {
    projects: [
      ...PURE_PACKAGES.map((folder) =>
        project(folder, `packages/${folder}`, {
          ...sharedModules,
          exclude: [`**/${counted}`, '**/*.browser.test.ts', '**/node_modules/**'],
        }),
      ),
      project('linear', 'packages', { include: PURE_PACKAGES.map((folder) => `${folder}/test/${counted}`) }),
      ...node.map((folder) => project(folder, `packages/${folder}`)),
      project('settings', 'settings'),
      project('testkit', 'testkit'),
      project('fuzz', 'fuzz'),
      project('repository', 'scripts'),
      project('examples', 'examples', { include: ['*/test/**/*.test.ts'], ...realTime }),
      project('interop', 'interop', {
        ...realTime,
        exclude: ['**/obs-ladder.test.ts', '**/node_modules/**'],
      }),
      // Two of OBS at a time disturb each other.
      project('interop-obs', 'interop', {
        include: ['test/obs-ladder.test.ts'],
        sequence: { groupOrder: 4 },
      }),
      project('bench', 'bench', realTime),
      ...browser,
    ],
  },
})
