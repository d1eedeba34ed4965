// The tests of one package, for scripts/mutate.mjs.
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

const conditions = ['@rtmp/source', 'module', 'import', 'default']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    root: join(process.cwd(), 'packages', process.env['MUTATED_PACKAGE'] ?? ''),
    include: [`${process.env['MUTATION_TESTS'] ?? 'test'}/**/*.test.ts`],
    exclude: ['**/*.browser.test.ts', '**/simulation*.test.ts', 'test/node/**', 'test/**/contracts.test.ts'],
    testTimeout: 60_000,
    provide: { repositoryRoot: process.cwd() },
  },
})
