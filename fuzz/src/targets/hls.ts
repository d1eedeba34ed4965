import { readFile } from 'node:fs/promises'
import { MediaMessage } from '@rtmp/e-rtmp'
import { decodeFlv } from '@rtmp/flv'
import { answer, HlsStream } from '@rtmp/hls'
import type { FuzzTarget } from '../target.ts'

const START = Date.UTC(2026, 0, 1)
const LONGEST_WAIT_MS = 20_000
const LONGEST_ANSWER = 1024 * 1024

/** A stream that goes on, as it stands after four seconds. */
const stream = async (): Promise<HlsStream> => {
  const hls = new HlsStream({ segmentMs: 1000 })
  const file = await readFile(new URL('../../../media/multitrack-h264x2-aacx2.flv', import.meta.url))
  for (const { typeId, timestamp, payload } of decodeFlv(file))
    if (typeId !== 18) hls.push(new MediaMessage(typeId, timestamp, payload), START + timestamp)
  return hls
}

let made: Promise<HlsStream> | undefined
let now = START + 4000

const QUESTIONS = [
  'index.m3u8',
  'v0.m3u8',
  'a1.m3u8?_HLS_skip=v2',
  'v0.m3u8?_HLS_msn=3&_HLS_part=2',
  'v1.m3u8?_HLS_msn=4&_HLS_part=0&_HLS_skip=YES',
  'v0.m3u8?_HLS_msn=99999999999999999999',
  'v0-0.mp4',
  'v0-2.m4s',
  'v0-3.1.m4s',
  'v0-4294967296.4294967296.m4s',
  'v0.m3u8?_HLS_part=1',
]

const seeds = (): Uint8Array[] => QUESTIONS.map((text) => new TextEncoder().encode(text))

const decoder = new TextDecoder()

/** A name and a query, as they come in a URL. What waits is answered when its time is over. */
const run = async (input: Uint8Array): Promise<void> => {
  const text = decoder.decode(input)
  const at = text.indexOf('?')
  const name = at < 0 ? text : text.slice(0, at)
  const query = new URLSearchParams(at < 0 ? '' : text.slice(at + 1))
  made ??= stream()
  const hls = await made
  const answered = answer(hls, { name, query }, now)
  now += LONGEST_WAIT_MS
  hls.tick(now)
  const late = new Promise<never>((_, reject) => {
    setImmediate(() => reject(new Error(`it waits for ever: ${text}`)))
  })
  const { status, body } = await Promise.race([answered, late])
  if (![200, 400, 404, 503].includes(status)) throw new Error(`${status} for ${text}`)
  if (body.length > LONGEST_ANSWER) throw new Error(`${body.length} bytes for ${text}`)
}

export const target: FuzzTarget = { name: 'hls', seeds, run }
