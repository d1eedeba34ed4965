import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { childCodec, CODEC_CASES, runCodecCases } from '../src/index.ts'

const python = process.env['PYTHON'] ?? 'python3'
const hasPy3Amf = spawnSync(python, ['-c', 'import pyamf'], { stdio: 'ignore' }).status === 0
if (!hasPy3Amf)
  console.log(`skipped: ${python} has no Py3AMF (pip install Py3AMF; PYTHON names another python)`)

describe.skipIf(!hasPy3Amf)('Py3AMF, by the adapter of this package', () => {
  test('is asked, answers, and does not pass everything', { timeout: 120_000 }, async () => {
    const codec = childCodec([python, fileURLToPath(new URL('../adapters/py3amf.py', import.meta.url))])
    const cases = CODEC_CASES.filter(({ area }) => area === 'amf0' || area === 'amf3')
    const results = await runCodecCases(codec, cases, { caseMs: 60_000 })
    codec.close()
    const passed = results.filter(({ verdict }) => verdict === 'pass').map(({ id }) => id)
    expect(passed).toEqual(
      expect.arrayContaining(['AMF0-OBJ-02', 'AMF0-REF-02', 'AMF3-U29-01', 'AMF3-STR-02']),
    )
    expect(results.find(({ id }) => id === 'FLV-HDR-01')).toBeUndefined()
    // A reference to nothing is answered with null.
    expect(results.find(({ id }) => id === 'AMF3-REF-04')?.verdict).toBe('fail')
  })

  test('that ends is a failure, with the reason', async () => {
    const codec = childCodec([python, '-c', 'raise SystemExit(3)'])
    const cases = CODEC_CASES.filter(({ id }) => id === 'AMF0-BOOL-01')
    const [result] = await runCodecCases(codec, cases, { caseMs: 60_000 })
    codec.close()
    expect(result).toMatchObject({ verdict: 'fail' })
    expect(result?.detail).toContain('status 3')
  })
})
