import { expect, test } from 'vitest'
import { decisionOf } from '../../src/access/callback-answer.ts'

const live = { app: 'live' }

test.each([
  [199, 'reject'],
  [200, 'accept'],
  [299, 'accept'],
  [300, 'reject'],
  [400, 'reject'],
])('status %i alone: %s', (status, kind) => {
  expect(decisionOf({ status, location: '', answer: undefined }, live)?.kind).toBe(kind)
})

test.each([
  [299, { kind: 'accept' }],
  [300, { kind: 'accept', streamName: 'public' }],
  [399, { kind: 'accept', streamName: 'public' }],
  [400, { kind: 'reject', description: 'not allowed' }],
  [199, { kind: 'reject', description: 'not allowed' }],
])('a location counts with 3xx only: %i', (status, decision) => {
  expect(decisionOf({ status, location: 'public', answer: undefined }, live)).toEqual(decision)
})

test('a location with an RTMP URL in it is none', () => {
  const location = 'https://other/login?next=rtmp://other/live'
  expect(decisionOf({ status: 302, location, answer: undefined }, live)?.kind).toBe('reject')
})

test.each([
  [{ code: '' }, {}],
  [{ code: null }, {}],
  [{ code: ['1'] }, {}],
  [{ allow: null }, {}],
  [{ record: true }, { record: true }],
  [{ record: false }, { record: false }],
  [{ record: 'yes' }, {}],
  [{ streamName: '' }, {}],
  [{ streamName: 5 }, {}],
  [{ redirect: '' }, {}],
  [{ redirect: 5 }, {}],
  [
    { streamName: 'public', record: true },
    { streamName: 'public', record: true },
  ],
])('a body of a yes: %o', (answer, options) => {
  expect(decisionOf({ status: 200, location: '', answer })).toEqual({ kind: 'accept', ...options })
})

test.each(['allow', 'allowed', 'ok', 'success', 'accept', 'accepted', 'authorized'])(
  'a body says no by %s',
  (name) => {
    const kindOf = (value: boolean) =>
      decisionOf({ status: 200, location: '', answer: { [name]: value } })?.kind
    expect([kindOf(false), kindOf(true)]).toEqual(['reject', 'accept'])
  },
)

test.each([
  [{}, { description: 'not allowed' }],
  [{ msg: 'no key' }, { description: 'no key' }],
  [{ description: 'pay first', msg: 'no key' }, { description: 'pay first' }],
  [{ description: '', msg: 5 }, { description: 'not allowed' }],
  [{ code: '403' }, { description: 'not allowed' }],
  [{ code: 'NetStream.Play.Failed' }, { description: 'not allowed', code: 'NetStream.Play.Failed' }],
])('a body of a no: %o', (answer, options) => {
  expect(decisionOf({ status: 403, location: '', answer })).toEqual({ kind: 'reject', ...options })
})
