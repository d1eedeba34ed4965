import { UsageError } from '@rtmp/bytes'

/** What a file's name is made of. */
export interface NameParts {
  /** The stream's path, `live/show`: `{path}`, of which `{app}` is all but the last segment and `{streamName}` that one. */
  readonly path: string
  /** When the file begins, in milliseconds since 1970: `{start}`, `{date}`, `{time}`, all in UTC. */
  readonly startedAt: number
  /** Which file of its recording, from 1 on: `{index}`. */
  readonly index: number
  /** `{ext}`: `flv` or `mp4`. */
  readonly extension: string
}

/** What stands for what in templates of names. */
const PLACES = ['path', 'app', 'streamName', 'start', 'date', 'time', 'index', 'ext'] as const

/** File systems have names of 255 bytes; a number and an ending have to fit behind. */
const MOST_BYTES = 200

/** What is not written into names: separators, what Windows forbids, and what would need quoting. */
const UNSAFE = /[^\p{L}\p{N}._~@=+,-]/gu

/** Names that Windows keeps for devices, whatever their ending. */
const DEVICES = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i

const encoder = new TextEncoder()

const percent = (text: string): string =>
  Array.from(encoder.encode(text), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')

/** FNV-1a, for names that are too long to stand whole. */
const digest = (text: string): string => {
  let hash = 0x811c9dc5
  for (const byte of encoder.encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  return hash.toString(16).padStart(8, '0')
}

/**
 * A segment of a stream's path as a name in a folder: never `.`, `..`, empty or hidden, without separators, no longer than
 * file systems take. Two segments have two names, unless they are longer than 200 bytes.
 */
export const safeName = (segment: string): string => {
  let name = segment.replace(UNSAFE, percent)
  if (name === '') return '%'
  if (name.startsWith('.')) name = `%2E${name.slice(1)}`
  if (name.endsWith('.')) name = `${name.slice(0, -1)}%2E`
  if (DEVICES.test(name)) name = `${percent(name.slice(0, 1))}${name.slice(1)}`
  if (encoder.encode(name).length <= MOST_BYTES) return name
  let kept = ''
  for (const letter of name) {
    if (encoder.encode(kept + letter).length > MOST_BYTES - 9) break
    kept += letter
  }
  return `${kept}~${digest(segment)}`
}

/**
 * The folder that a template never leaves: what stands before its first placeholder, up to the last slash.
 *
 * @throws UsageError `RECORDING_FILE` for a placeholder that there is not, or a name without an end
 */
export const rootOf = (template: string): string => {
  for (const [, name] of template.matchAll(/\{(\w*)\}/g)) {
    if (!(PLACES as readonly string[]).includes(name ?? ''))
      throw badTemplate(`there is no {${name}}; there are ${PLACES.map((one) => `{${one}}`).join(', ')}`)
  }
  const open = template.indexOf('{')
  const fixed = open < 0 ? template : template.slice(0, open)
  if (open >= 0 && template.slice(open).split('/').includes('..')) throw badTemplate('it has .. in it')
  if (template === '' || template.endsWith('/')) throw badTemplate('it names no file')
  const slash = fixed.lastIndexOf('/')
  return slash < 0 ? '.' : slash === 0 ? '/' : fixed.slice(0, slash)
}

/** The name of a file by a template: below {@link rootOf}, whatever the stream is called. @throws as {@link rootOf} */
export const fileName = (template: string, parts: NameParts): string => {
  const root = rootOf(template)
  const segments = parts.path.split('/')
  const start = new Date(parts.startedAt).toISOString()
  const values: Readonly<Record<(typeof PLACES)[number], string>> = {
    path: segments.map(safeName).join('/'),
    app: segments.length > 1 ? segments.slice(0, -1).map(safeName).join('/') : '%',
    streamName: safeName(segments.at(-1) ?? ''),
    start: start.replaceAll(':', '-'),
    date: start.slice(0, 10),
    time: start.slice(11, 23).replaceAll(':', '-'),
    index: String(parts.index),
    ext: parts.extension,
  }
  const name = template
    .slice(root === '.' ? 0 : root.length)
    .replace(/\{(\w*)\}/g, (_, place: (typeof PLACES)[number]) => values[place])
  return root === '.' ? name : `${root}${name}`
}

/** `show.flv` → `show.part.flv`: what a file is called until it is finished. */
export const unfinishedName = (path: string): string => withEnding(path, '.part')

/** `show.flv`, 2 → `show-2.flv`: where a name is taken. */
export const numberedName = (path: string, number: number): string =>
  number === 1 ? path : withEnding(path, `-${number}`)

/** `show.part.flv` → `show.flv`; `undefined` for what is no unfinished recording. */
export const finishedName = (path: string): string | undefined => {
  const match = /^(.+)\.part(\.[^./]+)?$/.exec(path)
  return match === null ? undefined : `${match[1]}${match[2] ?? ''}`
}

const withEnding = (path: string, more: string): string => {
  const slash = path.lastIndexOf('/') + 1
  const dot = path.lastIndexOf('.')
  return dot <= slash ? `${path}${more}` : `${path.slice(0, dot)}${more}${path.slice(dot)}`
}

const badTemplate = (why: string): UsageError =>
  new UsageError('RECORDING_FILE', `no file can be named by this template: ${why}`, 'file')
