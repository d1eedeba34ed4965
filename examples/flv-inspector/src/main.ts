// Opens an FLV file in a web page:
// 1. read it as a Web Stream, tag by tag (readFlv), through any damage;
// 2. say what each tag is and which tracks there are (inspect.ts);
// 3. put the frames into an MP4 (remux.ts) and play it through Media Source Extensions.
import { isDecodeError } from '@rtmp/bytes'
import { codecTitle } from '@rtmp/e-rtmp'
import { type FlvDamage, FlvReader, type FlvTag, readFlv } from '@rtmp/flv'
import sample from '../../../media/multitrack-h264-hevc-aac-opus.flv?url'
import { describeTrack, inspect, type Inspection, type Line, type Track } from './inspect.ts'
import { type Movie, remux } from './remux.ts'

const byId = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T
const drop = byId('drop')
const player = byId<HTMLVideoElement>('player')
const status = byId('status')
const filter = byId<HTMLSelectElement>('filter')

const MAX_ROWS = 5000
const number = new Intl.NumberFormat('en')
/** Milliseconds as `1:02.345`. */
const clock = (ms: number): string => {
  const seconds = (ms / 1000) % 60
  return `${Math.floor(ms / 60_000)}:${seconds.toFixed(3).padStart(6, '0')}`
}
const size = (bytes: number): string =>
  bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`

const element = (name: string, className: string, ...children: (string | Node)[]): HTMLElement => {
  const made = document.createElement(name)
  if (className !== '') made.className = className
  made.append(...children)
  return made
}

const row = (className: string, ...cells: (readonly [className: string, content: string | Node])[]): Node =>
  element('tr', className, ...cells.map(([name, content]) => element('td', name, content)))

const tagRow = ({ tag, type, track, text, keyFrame }: Line): Node =>
  row(
    keyFrame ? 'key' : '',
    ['number', number.format(tag.offset)],
    ['number', clock(tag.timestamp)],
    ['number', number.format(tag.payload.length)],
    ['', element('span', `badge ${type}`, type)],
    ['', track],
    ['', tag.notices === 0 ? text : `${text} (not as it should be: notices ${tag.notices})`],
  )

const showTags = (lines: readonly Line[]): void => {
  const wanted = filter.value
  const chosen = lines.filter(
    ({ type, keyFrame }) => wanted === 'all' || type === wanted || (wanted === 'key' && keyFrame),
  )
  byId('rows').replaceChildren(...chosen.slice(0, MAX_ROWS).map(tagRow))
  const more = chosen.length > MAX_ROWS ? `, the first ${number.format(MAX_ROWS)} shown` : ''
  byId('count').textContent = `${number.format(chosen.length)} of ${number.format(lines.length)}${more}`
}

const showTracks = (tracks: readonly Track[], played: readonly Track[]): void => {
  const rows = tracks.map((track) =>
    row(
      '',
      ['', element('span', `badge ${track.kind}`, track.kind)],
      ['number', String(track.trackId)],
      ['strong', codecTitle(track.kind, track.codec)],
      ['', describeTrack(track)],
      ['code', track.facts.codecString ?? ''],
      ['number', number.format(track.frames.length)],
      ['', track.form],
      ['', played.includes(track) ? 'plays' : ''],
    ),
  )
  byId('tracks').replaceChildren(...rows)
}

const showMetadata = ({ metadata }: Inspection): void => {
  const entries = Object.entries(metadata?.properties ?? {})
  byId('metadata').hidden = entries.length === 0
  const terms = entries.flatMap(([name, value]) => [
    element('dt', '', name),
    element('dd', '', typeof value === 'object' ? JSON.stringify(value) : String(value)),
  ])
  byId('properties').replaceChildren(...terms)
}

const showDamages = (damages: readonly FlvDamage[]): void => {
  const items = damages.map(({ kind, offset, length }) =>
    element('li', '', `${kind}: ${number.format(length)} bytes at ${number.format(offset)}`),
  )
  byId('damages').replaceChildren(...items)
}

const play = async ({ mimeType, bytes }: Movie): Promise<void> => {
  const source = new MediaSource()
  player.src = URL.createObjectURL(source)
  await new Promise((opened) => source.addEventListener('sourceopen', opened, { once: true }))
  const buffer = source.addSourceBuffer(mimeType)
  const done = new Promise((updated) => buffer.addEventListener('updateend', updated, { once: true }))
  buffer.appendBuffer(bytes)
  await done
  source.endOfStream()
  await player.play()
}

let inspection: Inspection = { lines: [], tracks: [], metadata: undefined }

const open = async (file: File): Promise<void> => {
  status.className = ''
  status.textContent = `Reading ${file.name} …`
  player.removeAttribute('src')
  player.load()
  const reader = new FlvReader({ header: 'optional' })
  const tags: FlvTag[] = []
  try {
    for await (const tag of readFlv(file.stream(), reader)) tags.push(tag)
    inspection = inspect(tags)
    document.body.classList.add('opened')
    showTags(inspection.lines)
    showMetadata(inspection)
    showDamages(reader.damages)
    const movie = await remux(inspection.tracks)
    showTracks(inspection.tracks, movie?.tracks ?? [])
    byId('silent').hidden = movie !== undefined
    const good = reader.damages.length === 0 ? 'no damage' : 'damaged'
    status.className = reader.damages.length === 0 ? '' : 'bad'
    status.textContent = `${file.name}: ${number.format(tags.length)} tags, ${size(file.size)}, ${good}`
    if (movie !== undefined) await play(movie)
  } catch (error) {
    if (!isDecodeError(error) && !(error instanceof Error)) throw error
    status.className = 'bad'
    status.textContent = `${file.name}: ${error.message}`
  }
}

const openFirst = (files: FileList | null | undefined): void => {
  const file = files?.[0]
  if (file !== undefined) void open(file)
}

/** For who has no file at hand: one of this repository, with two tracks of video and two of audio. */
const openSample = async (): Promise<void> => {
  const response = await fetch(sample)
  await open(new File([await response.blob()], 'sample.flv'))
}

filter.addEventListener('change', () => showTags(inspection.lines))
byId<HTMLInputElement>('file').addEventListener('change', (event) => {
  openFirst((event.target as HTMLInputElement).files)
})
byId('sample').addEventListener('click', () => void openSample())
for (const type of ['dragenter', 'dragover', 'dragleave', 'drop'] as const) {
  drop.addEventListener(type, (event) => {
    event.preventDefault()
    drop.classList.toggle('over', type === 'dragenter' || type === 'dragover')
    if (type === 'drop') openFirst(event.dataTransfer?.files)
  })
}
