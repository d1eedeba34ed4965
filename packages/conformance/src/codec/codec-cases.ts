import { casesFor, type ConformanceCase } from '../case/conformance-case.ts'
import { check, fail, inconclusive, notApplicable } from '../case/verdict.ts'
import type { CodecAnswer, CodecFormat, CodecRequest } from './codec-under-test.ts'
import { CODEC_VECTORS, type CodecStep, type CodecVector, hexText } from './vectors.ts'
import { matches } from './matches.ts'

/** What a case about a codec works with: asks, and keeps what was said for the report. */
export interface CodecTest {
  /** As `CodecUnderTest.call`, and the transcript has it. */
  ask(request: Omit<CodecRequest, 'id'>): Promise<CodecAnswer>
}

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'undefined'
  return text.length > 400 ? `${text.slice(0, 400)}…` : text
}

/** Whether an answer is this: a value, bytes, or `{ error: true }`. */
const answersWith = (answer: CodecAnswer, expected: unknown): boolean => {
  if (typeof expected === 'object' && expected !== null && 'error' in expected) return 'error' in answer
  if ('hex' in answer) return answer.hex.toLowerCase() === hexText(expected as string)
  return 'value' in answer && matches(expected, answer.value)
}

const expectAnswer = (answer: CodecAnswer, expected: readonly unknown[], what: string): void => {
  if ('unsupported' in answer) notApplicable(`the codec does not ${what}`)
  check(
    expected.some((each) => answersWith(answer, each)),
    `${what}: ${expected.map(shown).join(', or ')}`,
    shown(answer),
  )
}

const runStep = async (
  t: CodecTest,
  step: CodecStep,
  vectorFormat: CodecFormat | undefined,
): Promise<void> => {
  const format = step.format ?? vectorFormat ?? inconclusive('a vector without format')
  const more = step.timestamp === undefined ? {} : { timestamp: step.timestamp }
  if ('random' in step) return runRandom(t, step)
  if ('split' in step) {
    const hex = hexText(step.split)
    const bytes = hex.length / 2
    for (const pieces of [[bytes], Array.from({ length: bytes }, () => 1), oddPieces(bytes)])
      expectAnswer(
        await t.ask({ op: 'decode', format, hex, pieces, ...more }),
        [step.is],
        `decode ${format} in ${pieces.length} pieces`,
      )
    return
  }
  if ('recode' in step) {
    const answer = await t.ask({ op: 'recode', format, hex: hexText(step.recode), ...more })
    return expectAnswer(answer, [hexText(step.is)], `decode and encode ${format}`)
  }
  if ('encode' in step) {
    const answer = await t.ask({ op: 'encode', format, value: step.encode, ...more })
    const expected = 'anyOf' in step ? step.anyOf : 'error' in step ? [{ error: true }] : [hexText(step.is)]
    return expectAnswer(answer, expected, `encode ${format} ${shown(step.encode)}`)
  }
  const hex = hexText(step.decode)
  const answer = await t.ask({ op: 'decode', format, hex, ...more })
  const what = `decode ${format} ${hex.slice(0, 64)}`
  if ('survives' in step) {
    if ('unsupported' in answer) notApplicable(`the codec does not ${what}`)
    return
  }
  const expected = 'anyOf' in step ? step.anyOf : 'error' in step ? [{ error: true }] : [step.is]
  expectAnswer(answer, expected, what)
}

const oddPieces = (bytes: number): readonly number[] => {
  const pieces: number[] = []
  for (let left = bytes; left > 0; left -= pieces.at(-1) ?? 0)
    pieces.push(Math.min(left, 1 + ((left * 7) % 23)))
  return pieces
}

const runRandom = async (
  t: CodecTest,
  { random: format, times, seed, after = '' }: Extract<CodecStep, { random: CodecFormat }>,
): Promise<void> => {
  let state = seed
  const next = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  for (let round = 0; round < times; round++) {
    let hex = after
    for (let left = next(64); left > 0; left--) hex += next(256).toString(16).padStart(2, '0')
    const answer = await t.ask({ op: 'decode', format, hex })
    if ('unsupported' in answer) notApplicable(`the codec does not decode ${format}`)
    if (!('value' in answer || 'error' in answer)) fail('a value or an orderly error', shown(answer))
  }
}

const codecCase = casesFor<CodecTest>('codec')

const caseOf = ({ id, steps, format }: CodecVector): ConformanceCase<CodecTest> =>
  codecCase(id, async (t) => {
    for (const step of steps) await runStep(t, step, format)
  })

/** Every case about a codec, made of the published vectors. */
export const CODEC_CASES: readonly ConformanceCase<CodecTest>[] = CODEC_VECTORS.map(caseOf)
