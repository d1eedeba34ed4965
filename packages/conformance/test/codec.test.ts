import { describe, expect, test } from 'vitest'
import { CODEC_CASES, ownCodec, runCodecCases } from '../src/index.ts'
import type { CodecAnswer, CodecUnderTest } from '../src/index.ts'

const OPTIONS = { caseMs: 120_000 }

/** A codec whose answer to one of the questions is another. */
const brokenAt = (question: number): CodecUnderTest & { asked: () => number } => {
  const own = ownCodec()
  let asked = 0
  return {
    name: `broken at ${question}`,
    asked: () => asked,
    close: () => {},
    call: async (request) => {
      asked += 1
      const answer = await own.call(request)
      return asked === question ? changed(answer) : answer
    },
  }
}

/** An answer that is wrong in a small way: one byte, one value, or an error where none belongs. */
const changed = (answer: CodecAnswer): CodecAnswer => {
  if ('hex' in answer) {
    const last = Number.parseInt(answer.hex.slice(-1) || '0', 16)
    return { hex: `${answer.hex.slice(0, -1)}${(last ^ 1).toString(16)}` }
  }
  if ('error' in answer) return { value: [] }
  return { value: { $: 'wrong' } }
}

describe('our codecs', () => {
  test('pass every case strictly', { timeout: 120_000 }, async () => {
    const results = await runCodecCases(ownCodec(), CODEC_CASES, OPTIONS)
    const notPassed = results.filter(({ verdict }) => verdict !== 'pass')
    expect(notPassed.map(({ id, verdict, expected, detail }) => ({ id, verdict, expected, detail }))).toEqual(
      [],
    )
  })
})

/** Cases that any answer passes, as long as there is one: what breaks them is none. */
const SURVIVAL = /^(AMF-SEC-(04|06|09|10|12)|RTMP-AGG-06[cd]|ERTMP-ROB-02|FLV-DMG-07)$/

describe('broken codecs', () => {
  test('are caught whatever answer is wrong', { timeout: 240_000 }, async () => {
    let broken = 0
    for (const definition of CODEC_CASES.filter(({ id }) => !SURVIVAL.test(id))) {
      const whole = brokenAt(0)
      await runCodecCases(whole, [definition], OPTIONS)
      const caught: boolean[] = []
      for (let question = 1; question <= Math.min(whole.asked(), 8); question++) {
        const [result] = await runCodecCases(brokenAt(question), [definition], OPTIONS)
        caught.push(result?.verdict === 'fail')
      }
      broken += caught.length
      expect({ id: definition.id, some: caught.includes(true) }).toEqual({ id: definition.id, some: true })
    }
    console.log(`${broken} broken codecs`)
  })

  test('that do not answer in an orderly way are caught', { timeout: 60_000 }, async () => {
    const bad: CodecUnderTest = {
      name: 'throws',
      close: () => {},
      call: async () => {
        throw new RangeError('Maximum call stack size exceeded')
      },
    }
    const cases = CODEC_CASES.filter(({ id }) => SURVIVAL.test(id))
    for (const { id, verdict } of await runCodecCases(bad, cases, OPTIONS))
      expect({ id, verdict }).toEqual({ id, verdict: 'fail' })
  })
})
