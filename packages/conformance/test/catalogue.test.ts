import { describe, expect, test } from 'vitest'
import {
  CATALOGUE,
  CLIENT_CASES,
  CODEC_CASES,
  type PeerKind,
  SERVER_CASES,
  WITHOUT_CASE,
} from '../src/index.ts'

const idsOf: Readonly<Record<PeerKind, readonly string[]>> = {
  server: SERVER_CASES.map(({ id }) => id),
  client: CLIENT_CASES.map(({ id }) => id),
  codec: CODEC_CASES.map(({ id }) => id),
}

describe.each(['server', 'client', 'codec'] as const)('rows about a %s', (peer) => {
  const rows = CATALOGUE.filter(({ peers }) => peers.includes(peer)).map(({ id }) => id)

  test('are each a case, or say why not', () => {
    const neither = rows.filter((id) => !idsOf[peer].includes(id) && WITHOUT_CASE[peer][id] === undefined)
    expect(neither).toEqual([])
    const both = rows.filter((id) => idsOf[peer].includes(id) && WITHOUT_CASE[peer][id] !== undefined)
    expect(both).toEqual([])
    console.log(`${peer}: ${rows.length} rows, ${idsOf[peer].length} cases`)
  })

  test('are one case each, and every case is a row', () => {
    expect(new Set(idsOf[peer]).size).toBe(idsOf[peer].length)
    expect(idsOf[peer].filter((id) => !rows.includes(id))).toEqual([])
    expect(Object.keys(WITHOUT_CASE[peer]).filter((id) => !rows.includes(id))).toEqual([])
  })
})

test('there are at least 300 cases', () => {
  expect(SERVER_CASES.length + CLIENT_CASES.length + CODEC_CASES.length).toBeGreaterThanOrEqual(300)
})
