import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { childCodec, CODEC_CASES, runCodecCases } from '../src/index.ts'

const folder = mkdtempSync(join(tmpdir(), 'go-amf0-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const program = join(folder, 'adapter')
// Nothing is downloaded: neither the module nor another toolchain.
const built = spawnSync('go', ['build', '-o', program, '.'], {
  cwd: fileURLToPath(new URL('../adapters/go-amf0', import.meta.url)),
  env: { ...process.env, GOPROXY: 'off', GOTOOLCHAIN: 'local', GOWORK: 'off' },
  encoding: 'utf8',
  timeout: 300_000,
})
const isBuilt = built.status === 0
if (!isBuilt)
  console.log(
    `skipped: the adapter is not built (go mod download in adapters/go-amf0 fetches what it needs): ${built.error?.message ?? built.stderr.slice(0, 300)}`,
  )

describe.skipIf(!isBuilt)('go-amf0, by the adapter of this package', () => {
  test('is asked, answers, and does not pass everything', { timeout: 120_000 }, async () => {
    const codec = childCodec([program])
    const cases = CODEC_CASES.filter(({ area }) => area === 'amf0' || area === 'amf3')
    const results = await runCodecCases(codec, cases, { caseMs: 60_000 })
    codec.close()
    const verdictOf = (id: string): string | undefined => results.find((each) => each.id === id)?.verdict
    expect(verdictOf('AMF0-NUM-01')).toBe('pass')
    // It has no long strings and no AMF3.
    expect(verdictOf('AMF0-STR-01')).toBe('fail')
    expect(verdictOf('AMF3-U29-01')).toBe('notApplicable')
  })
})
